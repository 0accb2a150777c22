/* Between the files of this module. */
#ifndef IO_TRANSFER_INSIDE_H
#define IO_TRANSFER_INSIDE_H

#include <curl/curl.h>

#include "base/sink.h"
#include "io/transfer/transfer.h"

struct transfer {
    struct transfers *all;
    CURL *curl;
    struct curl_slist *head, *connect;
    curl_mime *form;
    struct pki_pair *identity; /* owned; NULL */
    const struct transfer_on *on;
    void *ctx;
    bool tftp;
    char check[256];
    usec_t date;
    bool old;            /* TLS below 1.2 is allowed */
    struct buf received; /* a head that comes in */
    struct buf body;
    char text[CURL_ERROR_SIZE];
};

/* options.c: what libcurl is told of a transfer. */
enum err transfer_set(struct transfer *t, const struct transfer_ask *ask) MUST_CHECK;

#endif
