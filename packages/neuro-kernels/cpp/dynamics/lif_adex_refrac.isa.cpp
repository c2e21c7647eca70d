// Adaptive exponential leaky integrate-and-fire neuron with a refractory time.
#include "lif_adex.hpp"
#include "multistep.hpp"
#include "refractory.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct LifAdExRefrac : Refractory<LifAdEx, T> {};

constexpr const char* kStateNames[] = {"v", "i", "a", "rho"};
constexpr const char* kTapeNames[] = {"v", "e", "v_before", "rho"};
constexpr const char* kDistances[] = {"v", "v_th", "rho", ""};
constexpr const char* kCoefficientNames[] = {"leak",
                                             "decay",
                                             "gain",
                                             "v_leak",
                                             "v_th",
                                             "v_reset",
                                             "delta_t",
                                             "ada",
                                             "adaptation_current",
                                             "adaptation_spike",
                                             "rho_reset"};

}  // namespace

const NeuronKernels lif_adex_refrac_kernels = neuron_kernels<LifAdExRefrac>(
    "lif_adex_refrac", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
