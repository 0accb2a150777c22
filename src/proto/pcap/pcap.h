/* Capture files, cut into frames: pcap (draft-ietf-opsawg-pcap) of either byte order, with
 * microseconds or nanoseconds, and with the longer record headers of old Linux kernels; pcapng
 * (draft-ietf-opsawg-pcapng) with sections of either byte order and any number of interfaces.
 *
 * The same frames come out however the bytes are cut, and a frame that lies whole within the bytes
 * given is handed out where it lies. A broken record or block is told and passed over: reading goes
 * on at the next bytes that can be nothing else than one. */
#ifndef PROTO_PCAP_PCAP_H
#define PROTO_PCAP_PCAP_H

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

enum {
    PCAP_FRAME_MOST = 262144,    /* bytes of a frame, as libpcap has it */
    PCAP_BLOCK_MOST = 1 << 20,   /* bytes of a block that is looked into; others are passed over */
    PCAP_INTERFACES_MOST = 1024, /* of a section; frames of further ones are passed over */
};

/* Link types (LINKTYPE_ of the registry) that are common. */
enum {
    PCAP_NULL = 0,
    PCAP_ETHERNET = 1,
    PCAP_RAW = 101,
    PCAP_LOOP = 108,
    PCAP_COOKED = 113,
    PCAP_IPV4 = 228,
    PCAP_IPV6 = 229,
    PCAP_COOKED2 = 276,
};

enum { PCAP_SECRETS_TLS = 0x544C534B }; /* a TLS key log, as text */

struct pcap_frame {
    uint64_t number;    /* from 1, within the file */
    uint64_t offset;    /* of the record or block in the file, in bytes */
    usec_t time;        /* USEC_NONE: none told */
    uint32_t len;       /* bytes on the wire; at least bytes.len */
    uint32_t interface; /* within the section */
    uint16_t link;      /* LINKTYPE_ */
    struct str bytes;   /* as captured */
};

struct pcap_visitor {
    void *ctx;
    /* Views are good until the call returns. */
    void (*frame)(void *ctx, const struct pcap_frame *f);
    /* Decryption secrets; `type` tells the format. They stand before the frames they are for. */
    void (*secrets)(void *ctx, uint32_t type, struct str text);
    /* at->offset counts from the start of the file. */
    void (*problem)(void *ctx, uint64_t offset, const char *what);
};

struct pcap_interface {
    uint16_t link;
    uint32_t snaplen;  /* 0: no limit told */
    uint64_t per_sec;  /* units of a time stamp */
    int64_t offset_us; /* added to each */
};

struct pcap {
    struct pcap_visitor v;
    uint64_t offset; /* of the next byte that is looked at */
    uint64_t frames;
    uint8_t form;  /* enum pcap_form */
    bool swapped;  /* numbers are little-endian */
    bool lost;     /* looking for the next whole record */
    uint64_t skip; /* bytes to pass over */
    size_t need;   /* bytes that the next step looks at */
    char *carry;   /* the head of a record whose rest is to come; owned */
    size_t carried;
    size_t carry_cap;
    usec_t last_time; /* of the frame before; USEC_NONE: none */
    uint32_t n_interfaces;
    struct pcap_interface *interfaces; /* owned */
    uint32_t interfaces_cap;
    bool refused; /* no memory, or no capture file: all else is passed over */
};

/* Whether a file that begins with these bytes is one of those; four bytes tell. */
bool pcap_is(struct str head);

void pcap_init(struct pcap *p, struct pcap_visitor v);
/* The next bytes of the file. */
void pcap_feed(struct pcap *p, struct str bytes);
/* The file ends here; a record that is not whole is told. */
void pcap_end(struct pcap *p);
void pcap_clear(struct pcap *p);

#endif
