// Exponential leaky integrate-and-fire neuron.
//
//   j  = i + x
//   v' = v + leak ((v_leak - v) + delta_t exp((v - v_th) / delta_t) + gain j)
//   i  = j - decay j
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
#include "lif_adex.hpp"
#include "multistep.hpp"

namespace nk::NK_ISA {
namespace {

constexpr const char* kStateNames[] = {"v", "i"};
constexpr const char* kCoefficientNames[] = {"leak", "decay",   "gain",   "v_leak",
                                             "v_th", "v_reset", "delta_t"};

}  // namespace

const NeuronKernels lif_ex_kernels = neuron_kernels<LifEx>("lif_ex", kStateNames, kCoefficientNames,
                                                           kExponentialTape, kExponentialDistances);

}  // namespace nk::NK_ISA
