/* Files by HTTP, HTTPS and TFTP on a loop, by libcurl: phones use that library, so what goes over the wire and what is said when it
 * fails are theirs. Nothing is followed, nothing is asked of a resolver or a proxy, and nothing is sent but to the address given. */
#ifndef IO_TRANSFER_TRANSFER_H
#define IO_TRANSFER_TRANSFER_H

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"
#include "io/loop/loop.h"
#include "io/pki/pki.h"

enum transfer_method { TRANSFER_GET, TRANSFER_POST, TRANSFER_PUT };
enum transfer_scheme { TRANSFER_TFTP, TRANSFER_HTTP, TRANSFER_HTTPS };

struct transfer_field {
    struct str name, value;
};

/* Texts are copied. */
struct transfer_ask {
    enum transfer_method method;
    enum transfer_scheme scheme;
    struct str host;  /* of the URL: SNI, the name that the certificate must have, Host */
    struct str check; /* that name where it is another; or empty */
    struct endpoint to;
    struct addr from; /* local; none: the system's choice */
    struct str path;  /* with its query, from "/" on */
    const struct transfer_field
        *field; /* the head as it is sent, in this order; nothing is added but what answers a
                                           challenge and what describes the body */
    size_t n_fields;
    struct str body;
    /* multipart/form-data in place of `body`: these parts, then `file` as "prt_file". */
    const struct transfer_field *form;
    size_t n_form;
    struct str file_name, file;   /* name empty: no form */
    struct str user, secret;      /* answer a challenge (Basic, Digest); empty: nothing does */
    unsigned tls_least, tls_most; /* 0x0301 to 0x0304; 0: no limit */
    struct str trust;             /* PEM: authorities to believe; empty: this host's */
    struct str cert, key;         /* PEM: what is shown; `key` empty: in `cert` */
    struct pki_pair *
        identity; /* in place of them; the transfer's own from now on, also when it is not begun; NULL: none */
    usec_t date;   /* certificates are held against it; 0: against the time */
    uint32_t wait; /* s for all of it */
    size_t most;   /* bytes of the body that are taken */
};

/* Views until `done` returns. */
struct transfer_answer {
    int code;        /* of libcurl; 0: an answer came whole */
    struct str text; /* with a code: what the library says */
    unsigned status; /* of HTTP; TFTP: 200 */
    struct str content_encoding, location, etag, body;
};

struct transfer_on {
    /* A head as it went over the wire, with its empty line. May be NULL. Neither begins nor stops a transfer. */
    void (*head)(void *ctx, bool sent, struct str head);
    void (*done)(void *ctx, const struct transfer_answer *a);
};

struct transfers; /* those of one loop */
struct transfer;

enum err transfers_new(struct loop *l, struct transfers **ret) MUST_CHECK;
void transfers_free(struct transfers *all); /* none is under way */
/* ERR_MEMORY; ERR_USAGE: libcurl does not take it. `on` must stay. `done` is called from the loop, never from within. */
enum err transfer_begin(struct transfers *all, const struct transfer_ask *ask,
                        const struct transfer_on *on, void *ctx, struct transfer **ret) MUST_CHECK;
/* Ends it; `done` is not called any more. NULL is fine. */
void transfer_stop(struct transfer *t);

#endif
