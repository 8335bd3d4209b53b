// SPDX-License-Identifier: ISC
#pragma once

// IntrusiveList<T, &T::link>: a doubly linked list whose links live in the elements, so that nothing is
// allocated and an element is removed in constant time. It does not own its elements. An element is on one
// list per link at most.

#include <nucleus/panic.h>

#include <cstddef>

namespace nucleus {

template <typename T>
struct ListLink {
  T* next = nullptr;
  T* previous = nullptr;
  bool linked = false;
};

template <typename T, ListLink<T> T::*link>
class IntrusiveList {
 public:
  constexpr IntrusiveList() = default;
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return first_ == nullptr; }
  T* front() const { return first_; }
  T* back() const { return last_; }
  static T* next(const T& element) { return (element.*link).next; }
  static bool contains_somewhere(const T& element) { return (element.*link).linked; }

  void push_back(T& element) { insert_between(last_, element, nullptr); }
  void push_front(T& element) { insert_between(nullptr, element, first_); }

  void remove(T& element) {
    ListLink<T>& here = element.*link;
    NUCLEUS_ASSERT(here.linked);
    (here.previous ? (here.previous->*link).next : first_) = here.next;
    (here.next ? (here.next->*link).previous : last_) = here.previous;
    here = {};
  }

  /// The first element, removed; null if there is none.
  T* pop_front() {
    T* element = first_;
    if (element) remove(*element);
    return element;
  }

  /// Calls function(T&) on each; it may remove that element.
  template <typename Function>
  void for_each(Function&& function) {
    for (T* element = first_; element;) {
      T* following = (element->*link).next;
      function(*element);
      element = following;
    }
  }

 private:
  void insert_between(T* before, T& element, T* after) {
    ListLink<T>& here = element.*link;
    NUCLEUS_ASSERT(!here.linked);
    here = {.next = after, .previous = before, .linked = true};
    (before ? (before->*link).next : first_) = &element;
    (after ? (after->*link).previous : last_) = &element;
  }

  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace nucleus
