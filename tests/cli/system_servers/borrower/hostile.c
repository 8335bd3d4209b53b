// SPDX-License-Identifier: ISC

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <caml/mlvalues.h>

typedef struct {
  uint64_t text;
  uint32_t text_size, sent_count;
  uint64_t sent, answer;
  uint32_t answer_room, received_room;
  uint64_t received;
  uint32_t received_count, close_on_exec;
} scheme_call;

#define SCHEME_CALL _IOWR('B', 1, scheme_call)

/// How many calls with one thing wrong do not fail as they should.
value hostile_calls(value file) {
  const int fd = Int_val(file);
  static const uint64_t bad[] = {0, 8, 0x7fffffff0000, 0xffff800000000000, UINT64_MAX, UINT64_MAX - 4095};
  char text[8] = "peek", answer[64];
  int32_t descriptors[2] = {-1, 1 << 30};
  int wrong = 0;
  const scheme_call good = {.text = (uintptr_t)text,
                            .text_size = 4,
                            .sent = (uintptr_t)descriptors,
                            .answer = (uintptr_t)answer,
                            .answer_room = sizeof answer,
                            .received = (uintptr_t)descriptors,
                            .received_room = 2};
  scheme_call call;
#define EXPECT(change, expected)                                             \
  do {                                                                       \
    call = good;                                                             \
    change;                                                                  \
    errno = 0;                                                               \
    if (ioctl(fd, SCHEME_CALL, &call) != -1 || errno != (expected)) wrong++; \
  } while (0)
  for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (ioctl(fd, SCHEME_CALL, (void*)bad[i]) != -1 || errno != EFAULT) wrong++;
    EXPECT(call.text = bad[i], EFAULT);
    EXPECT((call.sent = bad[i], call.sent_count = 1), EFAULT);
    EXPECT(call.answer = bad[i], EFAULT);
  }
  EXPECT(call.text_size = 65537, EINVAL);
  EXPECT(call.text_size = UINT32_MAX, EINVAL);
  EXPECT(call.sent_count = 17, EINVAL);
  EXPECT(call.sent_count = UINT32_MAX, EINVAL);
  EXPECT(call.received_room = 17, EINVAL);
  EXPECT(call.close_on_exec = 2, EINVAL);
  EXPECT(call.sent_count = 1, EBADF);
  EXPECT(call.sent_count = 2, EBADF);
  EXPECT(call.answer_room = 4, EMSGSIZE);
  call = good;
  if (ioctl(fd, SCHEME_CALL, &call) != 5 || call.received_count != 0) wrong++;
  return Val_int(wrong);
}
