/* Between the files of this module. */
#ifndef IO_DIAL_INSIDE_H
#define IO_DIAL_INSIDE_H

#include "io/dial/dial.h"

/* Run time in microseconds. */
int64_t dial_clock(void);
bool dial_ready(const struct dial *d, short events, int64_t deadline);
/* Notes errno; returns what it means for a connection. */
enum dial_outcome dial_failed(struct dial *d, int error);

enum dial_outcome dial_send_tls(struct dial *d, struct str bytes, int64_t deadline);
enum dial_outcome dial_receive_tls(struct dial *d, void *to, size_t most, size_t *ret_n,
                                   int64_t deadline);
/* Says goodbye without waiting, and frees. */
void dial_end_tls(struct dial *d);

#endif
