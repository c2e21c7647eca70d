// Giving up the interpreter's lock around calls that wait.
#pragma once

#include <pybind11/pybind11.h>

namespace nk::py_bindings {

// Like pybind11's gil_scoped_release, for calls that a daemon thread may still be waiting in when
// the interpreter ends. Python up to 3.13 then ends such a thread from inside the destructor, by an
// unwinding that must be able to leave it: in a noexcept destructor it would end the process.
class WaitingRelease {
 public:
  WaitingRelease() : state_(PyEval_SaveThread()) {}
  ~WaitingRelease() noexcept(false) { PyEval_RestoreThread(state_); }
  WaitingRelease(const WaitingRelease&) = delete;
  WaitingRelease& operator=(const WaitingRelease&) = delete;

 private:
  PyThreadState* state_;
};

}  // namespace nk::py_bindings
