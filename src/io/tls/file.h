/* SHA-256 of bytes in a file. */
#ifndef IO_TLS_FILE_H
#define IO_TLS_FILE_H

#include "base/err.h"
#include "base/str.h"

enum { TLS_SHA256_TEXT = 65 }; /* with NUL */

/* Of `len` bytes from `offset` of a descriptor that can be read anywhere (UINT64_MAX: to the end), in
 * small hexadecimal digits. ERR_IO: it cannot be read, or there are fewer. */
enum err tls_file_sha256(int fd, uint64_t offset, uint64_t len, char ret_text[TLS_SHA256_TEXT],
                         uint64_t *ret_size) MUST_CHECK;
/* The same of a file by its path. */
enum err tls_path_sha256(const char *path, char ret_text[TLS_SHA256_TEXT],
                         uint64_t *ret_size) MUST_CHECK;

#endif
