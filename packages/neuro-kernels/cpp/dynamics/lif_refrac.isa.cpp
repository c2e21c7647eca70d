// Leaky integrate-and-fire neuron with a refractory time.
#include "lif.hpp"
#include "multistep.hpp"
#include "refractory.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct LifRefrac : Refractory<Lif, T> {};

constexpr const char* kStateNames[] = {"v", "i", "rho"};
constexpr const char* kTapeNames[] = {"v", "v_before", "rho"};
constexpr const char* kDistances[] = {"v", "v_th", "rho", ""};
constexpr const char* kCoefficientNames[] = {"leak", "decay",   "gain",     "v_leak",
                                             "v_th", "v_reset", "rho_reset"};

}  // namespace

const NeuronKernels lif_refrac_kernels =
    neuron_kernels<LifRefrac>("lif_refrac", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
