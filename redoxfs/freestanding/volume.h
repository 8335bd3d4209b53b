// SPDX-License-Identifier: ISC
#ifndef REDOXFS_VOLUME_H
#define REDOXFS_VOLUME_H

// A mounted file system for C: what a kernel's service of files asks for, by paths and nodes, each request
// one call that happens whole or not at all. Calls on one volume must not overlap. They block while the
// device works. Memory is malloc's, time and random bytes are the C library's.
//
// lib/redoxfs has this file by a link.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What it lies on: blocks of 4096 bytes. The functions return 0, or anything else where the device has
/// failed.
typedef struct redoxfs_device {
  void* context;
  uint64_t blocks;
  int (*read)(void* context, uint64_t first, uint64_t count, void* into);
  int (*write)(void* context, uint64_t first, uint64_t count, const void* from);
  int (*barrier)(void* context);
} redoxfs_device;

typedef struct redoxfs_volume redoxfs_volume;

/// Error codes: 0 is none, others are redoxfs::Error's places plus 1.
enum { REDOXFS_OK = 0 };

enum redoxfs_operation {
  REDOXFS_OPEN,              // path, flags; holds the node until REDOXFS_DROP
  REDOXFS_STAT_PATH,         // path, flags
  REDOXFS_MAKE_DIRECTORY,    // path
  REDOXFS_UNLINK,            // path
  REDOXFS_REMOVE_DIRECTORY,  // path
  REDOXFS_RENAME,            // path, second, flags
  REDOXFS_LINK,              // path, second: one more name for the first
  REDOXFS_SYMBOLIC_LINK,     // path, second: the target as it is
  REDOXFS_READ_LINK,         // path; data: the target
  REDOXFS_READ,              // node, offset; data: the bytes, answer: how many
  REDOXFS_WRITE,             // node, offset, data, length; answer: how many
  REDOXFS_APPEND,            // node, data, length; answer: how many
  REDOXFS_STAT,              // node
  REDOXFS_LIST,  // node, offset (a place, 0 at first), length: at most so many; data: entries, answer: how
                 // many, size: bytes
  REDOXFS_TRUNCATE,   // node, offset: the new size
  REDOXFS_SET_TIMES,  // node, flags, accessed_ns, modified_ns
  REDOXFS_DROP,       // node
  REDOXFS_SYNC,
  REDOXFS_USAGE,  // answer: free blocks, offset: all of them
  REDOXFS_OPERATIONS,
};

enum redoxfs_flag {
  REDOXFS_FOLLOW = 1,      // a symbolic link that is last
  REDOXFS_CREATE = 2,      // a file, if nothing is there
  REDOXFS_EXCLUSIVE = 4,   // ... and nothing may be there
  REDOXFS_CLEAR = 8,       // make it empty
  REDOXFS_DIRECTORY = 16,  // it must be one
  REDOXFS_CHANGES = 32,    // it is opened to be changed, so it must be no directory
  REDOXFS_REPLACE = 64,
  REDOXFS_ACCESSED = 128,  // that time is given
  REDOXFS_MODIFIED = 256,
};

/// An entry in `data`, after which its name follows; the next entry is behind that, at a multiple of 8.
typedef struct redoxfs_entry {
  uint64_t place;  // of at most 62 bits; for going on after it
  uint32_t node;
  uint16_t mode;
  uint16_t name_size;
} redoxfs_entry;

/// A path is names with slashes between, none before or behind; the empty one is the root.
typedef struct redoxfs_request {
  uint32_t operation;
  uint32_t flags;
  const char* path;
  uint64_t path_size;
  const char* second;
  uint64_t second_size;
  uint64_t node;
  uint64_t offset;
  uint64_t length;
  void* data;
  uint64_t data_size;  // of the memory
  int64_t accessed_ns, modified_ns;
  // The answer. Where `link` is not 0 nothing was done: the name with the number `link_at` of path (1) or
  // second (2) is a symbolic link, and `answer` bytes of data its target.
  int32_t error;
  uint32_t link;
  uint64_t link_at;
  uint64_t answer;
  uint32_t mode;
  uint32_t links;
  uint64_t size;
  uint64_t blocks;
  int64_t changed_ns;
} redoxfs_request;

/// Null: see `error`. `device` is copied.
redoxfs_volume* redoxfs_volume_open(const redoxfs_device* device, int writable, const void* password,
                                    uint64_t password_size, int* error);
/// Makes an empty file system, with a password where that is not empty; all that the device had is lost. An
/// error, or 0.
int redoxfs_volume_format(const redoxfs_device* device, const void* password, uint64_t password_size);
/// Without a sync.
void redoxfs_volume_close(redoxfs_volume* volume);
void redoxfs_volume_perform(redoxfs_volume* volume, redoxfs_request* request);
/// A short English phrase.
const char* redoxfs_volume_describe(int error);

#ifdef __cplusplus
}
#endif

#endif
