/* Compressed contents by zlib, for pure code (base/inflate.h). */
#ifndef IO_INFLATE_INFLATE_H
#define IO_INFLATE_INFLATE_H

#include "base/inflate.h"

const struct inflate *inflate_gzip(void);

#endif
