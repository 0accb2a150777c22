/* TFTP servers on a loop: read requests in, files out; each transfer has a socket of its own (RFC 1350 4). What is asked for is given by
 * the caller, now or later; writes are refused. The machine of a transfer is flow/tftp's. */
#ifndef APP_TFTPD_TFTPD_H
#define APP_TFTPD_TFTPD_H

#include "base/addr.h"
#include "flow/tftp/tftp_send.h"
#include "io/loop/loop.h"

struct tftpd;

/* Names a transfer for ever after. */
struct tftpd_id {
    uint32_t slot, serial;
};

struct tftpd_limits {
    size_t most, most_of_peer; /* transfers at once: 1,024, and 16 of an address */
    usec_t open;               /* until the file is given: 5 s */
    struct tftp_send_cfg
        send; /* blksize 1,468, window 16, wrap 0, timeout 1 s, tries 6, whole 10 min */
};
extern const struct tftpd_limits tftpd_limits_usual;

struct tftpd_ask {
    struct tftpd_id id;
    struct str
        name; /* with '/' for '\', and one in front; during the call. Not cleaned of dots: compare it, open nothing by it */
    struct endpoint peer, local;
    bool netascii; /* of a text the line ends are translated */
};

struct tftpd_on {
    /* Answers by tftpd_give or tftpd_refuse, now or later. */
    void (*open)(void *ctx, struct tftpd *d, const struct tftpd_ask *ask);
    /* A transfer that was given has ended. `why`: NULL, all of it arrived; else in plain words. May be NULL. */
    void (*done)(void *ctx, struct tftpd_id id, struct endpoint peer, uint64_t bytes,
                 const char *why);
};

/* `on` must outlive it. ERR_MEMORY, ERR_IO. */
enum err tftpd_new(struct loop *l, const struct tftpd_limits *limits, const struct tftpd_on *on,
                   void *ctx, struct tftpd **ret) MUST_CHECK;
/* Takes over `fd` (udp_bind) on ERR_OK. ERR_LIMIT: 8 are there. */
enum err tftpd_listen(struct tftpd *d, int fd) MUST_CHECK;
/* No new transfers. */
void tftpd_drain(struct tftpd *d);
size_t tftpd_transfers(const struct tftpd *d);
/* Before loop_free. */
void tftpd_free(struct tftpd *d);

/* The bytes that were asked for. release NULL: they are copied. Else it is called once with `owner`, when they are not needed any
 * more; at once where the asker has gone. */
void tftpd_give(struct tftpd *d, struct tftpd_id id, struct str bytes, void (*release)(void *owner),
                void *owner);
/* `text` NULL: the words of the code. */
void tftpd_refuse(struct tftpd *d, struct tftpd_id id, enum tftp_error code, const char *text);

struct tftpd_counts {
    uint64_t asked, refused, done, failed;
    uint64_t dropped; /* requests past a limit, and what was none */
};
const struct tftpd_counts *tftpd_counts(const struct tftpd *d);

#endif
