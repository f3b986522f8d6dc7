// Scratch memory that a thread keeps for itself. (The standard vector would be shared by the linker
// between builds for different instruction sets.)
#pragma once
#include "types.h"

template <class T>
class Buffer {
  public:
    Buffer() {}
    ~Buffer() { ::operator delete(items); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    void resize(i64 wanted) {
        if (wanted > room || !items) {  // an empty one has an address too
            i64 more = wanted > 2 * room ? wanted : 2 * room;
            T* fresh = static_cast<T*>(::operator new(more * sizeof(T)));
            if (count) std::memcpy(fresh, items, count * sizeof(T));
            ::operator delete(items);
            items = fresh;
            room = more;
        }
        count = wanted;
    }
    void zero(i64 wanted) {
        resize(wanted);
        if (wanted) std::memset(items, 0, wanted * sizeof(T));
    }
    void push(T item) {
        resize(count + 1);
        items[count - 1] = item;
    }
    void clear() { count = 0; }
    i64 size() const { return count; }
    T* data() { return items; }
    const T* data() const { return items; }
    T& operator[](i64 i) { return items[i]; }
    const T& operator[](i64 i) const { return items[i]; }

  private:
    T* items = nullptr;
    i64 count = 0, room = 0;
};

inline i64 smaller(i64 a, i64 b) { return a < b ? a : b; }
