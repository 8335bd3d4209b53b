/* SPDX-License-Identifier: ISC */
/* What the file system uses of mbedtls: AES and its XTS mode, by the processor's instructions where it has
 * them. */
#pragma once

#define MBEDTLS_AES_C
#define MBEDTLS_CIPHER_MODE_XTS
#define MBEDTLS_AES_ROM_TABLES /* constants, not made at the first use: no global state */
#define MBEDTLS_HAVE_ASM
#if defined(REDOXFS_PLAIN_AES) /* for a test: as on machines without such instructions */
#elif defined(__x86_64__)
#define MBEDTLS_AESNI_C
#elif defined(__aarch64__)
#define MBEDTLS_AESCE_C
#endif
