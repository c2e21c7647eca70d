#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "neuro_kernels/dynamics/neuron.hpp"

namespace {

struct Problem {
  int64_t steps = 23, columns = 3 * 37, neurons = 37;
  std::vector<float> x, coefficients, grad;

  explicit Problem(const nk::NeuronKernels& k) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal(0.3f, 1.0f);
    std::uniform_real_distribution<float> uniform(0.05f, 0.9f);
    x.resize(static_cast<size_t>(steps * columns));
    grad.resize(x.size());
    coefficients.resize(static_cast<size_t>(k.coefficients * neurons));
    for (float& value : x) value = normal(random);
    for (float& value : grad) value = normal(random);
    for (float& value : coefficients) value = uniform(random);
  }
};

struct Result {
  std::vector<float> out, saved, state, grad_x, grad_state, grad_coefficients;
  bool operator==(const Result& o) const {
    // The same bits; of results that are no number only that they are none.
    auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      if (a.size() != b.size()) return false;
      for (size_t i = 0; i < a.size(); ++i)
        if (std::memcmp(&a[i], &b[i], 4) != 0 && !(std::isnan(a[i]) && std::isnan(b[i])))
          return false;
      return true;
    };
    return same(out, o.out) && same(saved, o.saved) && same(state, o.state) &&
           same(grad_x, o.grad_x) && same(grad_state, o.grad_state) &&
           same(grad_coefficients, o.grad_coefficients);
  }
};

Result run(const nk::NeuronKernels& k, const Problem& problem, bool subtract) {
  const size_t all = problem.x.size(), columns = static_cast<size_t>(problem.columns);
  const size_t states = static_cast<size_t>(k.states);
  Result r{std::vector<float>(all),
           std::vector<float>(all * static_cast<size_t>(k.tape_input)),
           std::vector<float>(states * columns),
           std::vector<float>(all),
           std::vector<float>(states * columns),
           std::vector<float>(static_cast<size_t>(k.coefficients) * columns)};
  nk::NeuronForward<float> f{};
  f.steps = problem.steps;
  f.columns = f.x_step = problem.columns;
  f.neurons = problem.neurons;
  f.x = problem.x.data();
  f.coefficients = problem.coefficients.data();
  f.per_neuron = true;
  for (size_t i = 0; i < states; ++i) f.state_out[i] = r.state.data() + i * columns;
  f.out = r.out.data();
  f.saved = r.saved.data();
  f.subtract = subtract;
  nk::neuron_forward(k, f, 1);

  nk::NeuronBackward<float> b{};
  b.steps = f.steps;
  b.columns = b.x_step = b.grad_step = f.columns;
  b.neurons = f.neurons;
  b.x = f.x;
  b.coefficients = f.coefficients;
  b.per_neuron = true;
  b.subtract = subtract;
  b.grad_out = problem.grad.data();
  b.surrogate = nk::Surrogate::super_spike;
  b.alpha = 100.0f;
  b.grad_x = r.grad_x.data();
  for (size_t i = 0; i < states; ++i) b.grad_state[i] = r.grad_state.data() + i * columns;
  b.grad_coefficients = r.grad_coefficients.data();
  CHECK(nk::neuron_backward(k, b, 1));
  return r;
}

}  // namespace

TEST_CASE("every neuron model gives the same bits at every instruction set") {
#if defined(NK_X86_LEVELS)
  const nk::NeuronKernels* levels[][3] = {
      {&nk::baseline::lif_kernels, &nk::avx2::lif_kernels, &nk::avx512::lif_kernels},
      {&nk::baseline::lif_box_kernels, &nk::avx2::lif_box_kernels, &nk::avx512::lif_box_kernels},
      {&nk::baseline::iaf_kernels, &nk::avx2::iaf_kernels, &nk::avx512::iaf_kernels},
      {&nk::baseline::li_kernels, &nk::avx2::li_kernels, &nk::avx512::li_kernels},
      {&nk::baseline::li_box_kernels, &nk::avx2::li_box_kernels, &nk::avx512::li_box_kernels},
      {&nk::baseline::cuba_lif_kernels, &nk::avx2::cuba_lif_kernels, &nk::avx512::cuba_lif_kernels},
      {&nk::baseline::cuba_li_kernels, &nk::avx2::cuba_li_kernels, &nk::avx512::cuba_li_kernels},
      {&nk::baseline::lif_ex_kernels, &nk::avx2::lif_ex_kernels, &nk::avx512::lif_ex_kernels},
      {&nk::baseline::lif_adex_kernels, &nk::avx2::lif_adex_kernels, &nk::avx512::lif_adex_kernels},
      {&nk::baseline::lsnn_kernels, &nk::avx2::lsnn_kernels, &nk::avx512::lsnn_kernels},
      {&nk::baseline::ada_lif_kernels, &nk::avx2::ada_lif_kernels, &nk::avx512::ada_lif_kernels},
      {&nk::baseline::lif_refrac_kernels, &nk::avx2::lif_refrac_kernels,
       &nk::avx512::lif_refrac_kernels},
      {&nk::baseline::lif_adex_refrac_kernels, &nk::avx2::lif_adex_refrac_kernels,
       &nk::avx512::lif_adex_refrac_kernels},
  };
  for (const auto& level : levels) {
    const Problem problem(*level[0]);
    INFO(level[0]->name);
    for (bool subtract : {false, true}) {
      const Result expected = run(*level[0], problem, subtract);
      for (int i = 1; i <= static_cast<int>(nk::best_isa()); ++i)
        CHECK(run(*level[i], problem, subtract) == expected);
    }
  }
#endif
}

TEST_CASE("a neuron far above its threshold fires and is reset") {
  const nk::NeuronKernels& k = nk::iaf_kernels();
  Problem problem(k);
  for (float& value : problem.x) value = 10.0f;
  const Result r = run(k, problem, false);
  for (float spike : r.out) CHECK(spike == 1.0f);
  for (int64_t c = 0; c < problem.columns; ++c)
    CHECK(r.state[static_cast<size_t>(c)] ==
          problem.coefficients[static_cast<size_t>(2 * problem.neurons + c % problem.neurons)]);
}

TEST_CASE("no step and no column are no work") {
  const nk::NeuronKernels& k = nk::lif_kernels();
  Problem problem(k);
  problem.steps = 0;
  problem.x.clear();
  problem.grad.clear();
  const Result r = run(k, problem, false);
  for (float gradient : r.grad_coefficients) CHECK(gradient == 0.0f);
}

TEST_CASE("models are listed by index and end with null") {
  int count = 0;
  while (nk::neuron(count) != nullptr) ++count;
  CHECK(count == 13);
  CHECK(nk::neuron(-1) == nullptr);
}
