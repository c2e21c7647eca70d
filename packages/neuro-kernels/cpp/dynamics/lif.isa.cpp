// Leaky integrate-and-fire neuron with an exponential synaptic current.
//
//   j  = i + x
//   v' = v + leak ((v_leak - v) + gain j)
//   i  = j - decay j
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
#include "lif.hpp"

#include "multistep.hpp"

namespace nk::NK_ISA {
namespace {

constexpr const char* kStateNames[] = {"v", "i"};
constexpr const char* kDistances[] = {"v", "v_th"};
constexpr const char* kTapeNames[] = {"v"};
constexpr const char* kCoefficientNames[] = {"leak", "decay", "gain", "v_leak", "v_th", "v_reset"};

}  // namespace

const NeuronKernels lif_kernels =
    neuron_kernels<Lif>("lif", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
