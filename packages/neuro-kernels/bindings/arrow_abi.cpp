#include "arrow_abi.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>

// The three structures are fixed by the interface's specification, names included.
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema* out);
  int (*get_next)(ArrowArrayStream*, ArrowArray* out);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

namespace nk::py_bindings::arrow {
namespace {

constexpr int64_t kColumns = 4;
constexpr const char* kNames[kColumns] = {"t", "x", "y", "p"};
constexpr const char* kFormats[kColumns] = {"l", "S", "S", "C"};  // int64, uint16, uint16, uint8

// Consumers release from any thread, with or without the interpreter's lock.
void drop(PyObject* object) noexcept {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  Py_DECREF(object);
  PyGILState_Release(state);
}

template <class T>
void release_children(T* parent) noexcept {
  for (int64_t i = 0; i < parent->n_children; ++i)
    if (parent->children[i]->release != nullptr) parent->children[i]->release(parent->children[i]);
}

struct SchemaOwner {
  ArrowSchema children[kColumns];
  ArrowSchema* pointers[kColumns];
  std::string metadata;
};

void release_plain_schema(ArrowSchema* schema) noexcept { schema->release = nullptr; }

void release_schema(ArrowSchema* schema) noexcept {
  release_children(schema);
  delete static_cast<SchemaOwner*>(schema->private_data);
  schema->release = nullptr;
}

void fill_schema(const std::string& metadata, ArrowSchema* out) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->metadata = metadata;
  for (int64_t i = 0; i < kColumns; ++i) {
    owner->children[i] = {kFormats[i],          kNames[i], nullptr, 0, 0, nullptr, nullptr,
                          release_plain_schema, nullptr};
    owner->pointers[i] = &owner->children[i];
  }
  const char* block = owner->metadata.empty() ? nullptr : owner->metadata.data();
  *out = {"+s", "", block, 0, kColumns, owner->pointers, nullptr, release_schema, owner.get()};
  owner.release();
}

// A child owns its column, not its parent's, because a consumer may move it out.
struct ChildOwner {
  const void* buffers[2];
  PyObject* column;
};

struct ArrayOwner {
  const void* buffers[1];
  ArrowArray children[kColumns];
  ArrowArray* pointers[kColumns];
};

void release_child(ArrowArray* array) noexcept {
  auto* owner = static_cast<ChildOwner*>(array->private_data);
  drop(owner->column);
  delete owner;
  array->release = nullptr;
}

void release_array(ArrowArray* array) noexcept {
  release_children(array);
  delete static_cast<ArrayOwner*>(array->private_data);
  array->release = nullptr;
}

void fill_array(const std::array<py::array, 4>& columns, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  std::unique_ptr<ChildOwner> children[kColumns];
  for (auto& child : children) child = std::make_unique<ChildOwner>();
  const int64_t n = columns[0].size();
  owner->buffers[0] = nullptr;
  for (int64_t i = 0; i < kColumns; ++i) {
    ChildOwner* child = children[i].release();
    const py::array& column = columns[static_cast<size_t>(i)];
    *child = {{nullptr, column.data()}, column.inc_ref().ptr()};
    owner->children[i] = {n, 0, 0, 2, 0, child->buffers, nullptr, nullptr, release_child, child};
    owner->pointers[i] = &owner->children[i];
  }
  *out = {n,          0, 0, 1, kColumns, owner->buffers, owner->pointers, nullptr, release_array,
          owner.get()};
  owner.release();
}

// A stream of one batch.
struct StreamOwner {
  std::string metadata;
  ArrowArray batch;  // released or moved out: release is null
};

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) noexcept {
  try {
    fill_schema(static_cast<StreamOwner*>(stream->private_data)->metadata, out);
    return 0;
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  }
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) noexcept {
  auto* owner = static_cast<StreamOwner*>(stream->private_data);
  *out = owner->batch;  // after the first call a released array, which means the end
  owner->batch = ArrowArray{};
  return 0;
}

const char* stream_error(ArrowArrayStream*) noexcept { return nullptr; }

void release_stream(ArrowArrayStream* stream) noexcept {
  auto* owner = static_cast<StreamOwner*>(stream->private_data);
  if (owner->batch.release != nullptr) owner->batch.release(&owner->batch);
  delete owner;
  stream->release = nullptr;
}

template <class T>
py::capsule capsule(std::unique_ptr<T> structure, const char* name) {
  PyObject* object = PyCapsule_New(structure.get(), name, [](PyObject* self) {
    auto* p = static_cast<T*>(PyCapsule_GetPointer(self, PyCapsule_GetName(self)));
    if (p->release != nullptr) p->release(p);
    delete p;
  });
  if (object == nullptr) {
    structure->release(structure.get());
    throw py::error_already_set();
  }
  structure.release();
  return py::reinterpret_steal<py::capsule>(object);
}

}  // namespace

py::capsule schema_capsule(const Batch& batch) {
  auto schema = std::make_unique<ArrowSchema>();
  fill_schema(batch.metadata, schema.get());
  return capsule(std::move(schema), "arrow_schema");
}

py::capsule array_capsule(const Batch& batch) {
  auto array = std::make_unique<ArrowArray>();
  fill_array(batch.columns, array.get());
  return capsule(std::move(array), "arrow_array");
}

py::capsule stream_capsule(const Batch& batch) {
  auto owner = std::make_unique<StreamOwner>();
  owner->metadata = batch.metadata;
  auto stream = std::make_unique<ArrowArrayStream>();
  fill_array(batch.columns, &owner->batch);
  *stream = {stream_schema, stream_next, stream_error, release_stream, owner.release()};
  return capsule(std::move(stream), "arrow_array_stream");
}

}  // namespace nk::py_bindings::arrow
