// What a source file of one instruction set must not do: leave an inline function to the linker.
template <class T>
[[gnu::noinline]] inline T planted_inline(T a, T b) {
  return a < b ? a : b;
}

namespace nk::baseline {

int smaller(int a, int b) { return planted_inline(a, b); }

}  // namespace nk::baseline
