#include "neuro_kernels/core/pool.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace nk {
namespace {

struct Job {
  void (*body)(void*, int64_t);
  void* context;
  int64_t count;
  std::atomic<int64_t> next{0};
};

void work(Job& job) {
  for (int64_t i; (i = job.next.fetch_add(1, std::memory_order_relaxed)) < job.count;)
    job.body(job.context, i);
}

// Workers sleep between jobs; each job has a number, and a worker that has seen the number before
// goes back to sleep. `running_` counts the workers inside the current job.
class Pool {
 public:
  void run(Job& job, int helpers) {
    try {
      while (started_ < helpers) {
        std::thread([this, seen = number_] { loop(seen); }).detach();
        ++started_;
      }
    } catch (const std::system_error&) {
      // The system gives no more threads: those that run, or the caller alone, do the work.
    }
    {
      std::lock_guard lock(mutex_);
      job_ = &job;
      places_ = helpers;
      ++number_;
    }
    wake_.notify_all();
    work(job);
    std::unique_lock lock(mutex_);
    places_ = 0;
    done_.wait(lock, [this] { return running_ == 0; });
    job_ = nullptr;
  }

 private:
  void loop(uint64_t seen) {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return number_ != seen; });
      seen = number_;
      if (places_ <= 0) continue;
      --places_;
      ++running_;
      Job& job = *job_;
      lock.unlock();
      work(job);
      lock.lock();
      if (--running_ == 0) done_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  Job* job_ = nullptr;
  uint64_t number_ = 0;
  int started_ = 0, places_ = 0, running_ = 0;
};

int starting_threads() {
  if (const char* wish = std::getenv("NEURO_KERNELS_THREADS")) {
    const int n = std::atoi(wish);
    if (n > 0) return n;
  }
  const unsigned n = std::thread::hardware_concurrency();
  return n > 0 ? static_cast<int>(n) : 1;
}

std::atomic<int>& thread_count() {
  static std::atomic<int> n{starting_threads()};
  return n;
}

// Leaked on purpose: worker threads may outlive static destruction, and a forked child, which has
// none of them, starts a pool of its own.
std::atomic<Pool*> the_pool{nullptr};
std::mutex& busy() {
  static auto* m = new std::mutex;
  return *m;
}

Pool& pool() {
  Pool* p = the_pool.load();
  if (p == nullptr) {
#if !defined(_WIN32)
    static std::once_flag once;
    std::call_once(once, [] {
      pthread_atfork([] { busy().lock(); }, [] { busy().unlock(); },
                     [] {
                       the_pool.store(nullptr);
                       busy().unlock();
                     });
    });
#endif
    p = new Pool;
    the_pool.store(p);
  }
  return *p;
}

}  // namespace

int num_threads() noexcept { return thread_count().load(); }
void set_num_threads(int n) noexcept { thread_count().store(n < 1 ? 1 : n); }

void parallel_for(int64_t count, void (*body)(void*, int64_t), void* context) noexcept {
  if (count <= 0) return;
  // A body that itself calls parallel_for must not ask again for the lock its own thread holds.
  thread_local bool inside = false;
  const int64_t wanted = num_threads() < count ? num_threads() : count;
  if (wanted > 1 && !inside) {
    std::unique_lock lock(busy(), std::try_to_lock);
    if (lock.owns_lock()) {
      inside = true;
      Job job{body, context, count};
      pool().run(job, static_cast<int>(wanted) - 1);
      inside = false;
      return;
    }
  }
  for (int64_t i = 0; i < count; ++i) body(context, i);
}

}  // namespace nk
