#define _GNU_SOURCE
#include "cstack.h"

#include <pthread.h>

uintptr_t cstack_end(void) {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void *lowest = 0;
  size_t size = 0;
  const int failed = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return failed ? 0 : (uintptr_t)lowest;
}
