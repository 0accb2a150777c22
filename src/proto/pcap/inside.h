/* What the files of this module share. */
#ifndef PROTO_PCAP_INSIDE_H
#define PROTO_PCAP_INSIDE_H

#include "proto/pcap/pcap.h"

enum pcap_form {
    PCAP_NEW,       /* the first bytes are to come */
    PCAP_MICRO,     /* pcap, time stamps in microseconds */
    PCAP_NANO,      /* the same, in nanoseconds */
    PCAP_LONG,      /* the same, in microseconds, with 8 more bytes before each frame */
    PCAP_NG,        /* pcapng */
    PCAP_NO_FORMAT, /* something else */
};

enum { PCAP_FILE_HEADER = 24, PCAP_RECORD = 16, PCAP_RECORD_LONG = 24 };

/* A step looks at `s`, the bytes that are there, and returns how many of them it is done with; 0:
 * it needs p->need bytes. At the end of the file there are no more to come. */
size_t pcap_step(struct pcap *p, struct str s, bool end);
size_t pcap_step_file(struct pcap *p, struct str s);
size_t pcap_step_record(struct pcap *p, struct str s);
size_t pcap_step_block(struct pcap *p, struct str s);
/* The same while lost: what cannot be the start of a whole record or block. */
size_t pcap_seek(struct pcap *p, struct str s, bool end);

/* Takes the header of a pcap file; false when it is none. */
bool pcap_open(struct pcap *p, struct str s);
void pcap_problem(struct pcap *p, uint64_t offset, const char *what);
/* The record at the next byte is broken: from here on, look for the next. */
void pcap_lose(struct pcap *p, const char *what);
size_t pcap_more(struct pcap *p, size_t need);

static inline uint32_t pcap_u32(const struct pcap *p, struct str s, size_t at)
{
    const uint8_t *b = (const uint8_t *)s.p + at;
    uint32_t v = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return p->swapped ? __builtin_bswap32(v) : v;
}

static inline uint16_t pcap_u16(const struct pcap *p, struct str s, size_t at)
{
    const uint8_t *b = (const uint8_t *)s.p + at;
    uint16_t v = (uint16_t)(b[0] << 8 | b[1]);
    return p->swapped ? __builtin_bswap16(v) : v;
}

#endif
