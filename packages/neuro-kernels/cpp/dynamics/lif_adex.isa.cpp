// Adaptive exponential leaky integrate-and-fire neuron.
//
//   j  = i + x
//   v' = v + leak ((v_leak - v) + delta_t exp((v - v_th) / delta_t) + gain j - a)
//   i  = j - decay j
//   a' = a + ada (adaptation_current (v - v_leak) - a)
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
//   a  = a' + adaptation_spike s
#include "lif_adex.hpp"

#include "multistep.hpp"

namespace nk::NK_ISA {
namespace {

constexpr const char* kStateNames[] = {"v", "i", "a"};
constexpr const char* kCoefficientNames[] = {"leak",
                                             "decay",
                                             "gain",
                                             "v_leak",
                                             "v_th",
                                             "v_reset",
                                             "delta_t",
                                             "ada",
                                             "adaptation_current",
                                             "adaptation_spike"};

}  // namespace

const NeuronKernels lif_adex_kernels = neuron_kernels<LifAdEx>(
    "lif_adex", kStateNames, kCoefficientNames, kExponentialTape, kExponentialDistances);

}  // namespace nk::NK_ISA
