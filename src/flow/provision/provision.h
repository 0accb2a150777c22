/* Who gets which configuration: every decision about a phone that asks for one. Pure: a request in; an answer out, or first the
 * phone to look up; facts for the journal beside it. One for each worker.
 *
 *     if (provision_ask(p, &request, now, &kase) == PROVISION_LOOK_UP) {
 *         device = what is known of kase.question.mac                      // from a cache, or from who knows
 *         provision_answer(p, &request, &kase, device, now);
 *     }
 *     send kase.answer; while (provision_next(p, &fact)) ...; until provision_deadline(p), then provision_on_time(p, now)
 *
 * Proof comes first: without one nothing is looked up, so that phones that are known here and those that are not get the same bytes
 * in the same time. A proof is a client certificate with a MAC, a password of the phone (RFC 7617, RFC 7616), or an open
 * enrolment window. */
#ifndef FLOW_PROVISION_PROVISION_H
#define FLOW_PROVISION_PROVISION_H

#include "base/client.h"
#include "base/hash.h"
#include "base/sink.h"
#include "domain/fact/fact.h"
#include "flow/provision/prov_device.h"
#include "proto/http/http.h"

enum provision_way { PROVISION_HTTPS, PROVISION_HTTP, PROVISION_TFTP };

/* What goes out by plain HTTP and TFTP beside what an enrolment window lets through. */
enum provision_plain {
    PROVISION_NOTHING,
    PROVISION_BOOTSTRAP, /* the public file that sends the phone to HTTPS */
    PROVISION_SEALED, /* that, and configurations under AES with the phone's own key. Who asks hears then which MACs are known */
};

enum { PROVISION_HOSTS = 8, PROVISION_FIELDS = 640, PROVISION_ETAG = 80 };

/* Texts must outlive the machine. */
struct provision_cfg {
    const struct crypto *crypto;
    struct hash_key hash;
    uint8_t nonce_key[32]; /* the same in all workers */
    struct str realm;      /* of passwords; no quotes or backslashes */
    struct str
        rule; /* Profile_Rule of activation and of the bootstrap: "https://prov.example.com/$MA.xml" */
    bool bootstrap; /* "/$PSN.xml" without proof */
    bool passwords; /* without proof 401 with challenges instead of 403 */
    enum provision_plain http, tftp;
    usec_t
        expired_until; /* date: an expired certificate of a known MAC and serial is taken before; USEC_NONE: never */
    struct str activation_host
        [PROVISION_HOSTS]; /* names under which only activation is served; may be none */
    size_t n_activation_hosts;
};

struct provision;
/* ERR_MEMORY. */
enum err provision_new(const struct provision_cfg *cfg, struct provision **ret) MUST_CHECK;
void provision_free(struct provision *p);
/* All windows there are, `n` at most PROV_WINDOWS. Copies. */
void provision_windows(struct provision *p, const struct prov_window *w, size_t n);

struct provision_request {
    enum provision_way way;
    struct endpoint peer;
    const struct client_cert *client; /* NULL: no TLS */
    const struct http_head *head;     /* NULL: TFTP */
    struct str path;                  /* decoded, begins with '/' */
    struct str query;                 /* raw */
};

enum provision_proof {
    PROOF_NONE,
    PROOF_CERTIFICATE,
    PROOF_EXPIRED, /* certificate, taken by policy */
    PROOF_PASSWORD,
    PROOF_OLD_PASSWORD,
    PROOF_WINDOW,
    PROOF_CODE,
};
/* "certificate", "expired-certificate", "password", "old-password", "window", "code"; "none". */
const char *provision_proof_name(enum provision_proof proof);

enum provision_body {
    BODY_NONE, /* an empty one with 200, else a line of text */
    BODY_BOOTSTRAP,
    BODY_RULE, /* what activation answers: provision_rule_write */
    BODY_PLAIN,
    BODY_GZIP,
    BODY_AES_CBC,   /* of the gzip'ed one, where there is one */
    BODY_AES128GCM, /* of the plain one */
};

struct provision_reply {
    unsigned
        status; /* of HTTP; by TFTP 200, or else 404 is error 1 (no such file), anything else error 2 (access violation) */
    enum provision_body body;
    const char *type;              /* Content-Type; NULL: none */
    char etag[PROVISION_ETAG];     /* with quotes; "": none */
    char fields[PROVISION_FIELDS]; /* further header lines with CRLF, NUL at the end */
    usec_t delay;                  /* the answer leaves so long after the request came */
};

/* A request from the question to the answer. */
struct provision_case {
    struct prov_question question;
    enum provision_proof proof; /* PROOF_PASSWORD: not checked before the phone is known */
    bool sealed;                /* no proof: it goes out under the phone's key, or not at all */
    struct provision_reply reply;
};

enum provision_step { PROVISION_ANSWERED, PROVISION_LOOK_UP };
/* `now`: the date, never falling. */
enum provision_step provision_ask(struct provision *p, const struct provision_request *q,
                                  usec_t now, struct provision_case *ret_case);
/* `d` NULL: it could not be looked up (503). */
void provision_answer(struct provision *p, const struct provision_request *q,
                      struct provision_case *c, const struct prov_device *d, usec_t now);

/* The public file. */
struct str provision_bootstrap(const struct provision *p);
/* What activation answers for `d`. */
void provision_rule_write(const struct provision *p, const struct prov_device *d, struct sink *out);

/* A configuration in one of its encrypted forms (BODY_AES_CBC, BODY_AES128GCM). The same bytes for the same configuration and key:
 * salts come of both. Errors of the table, ERR_MEMORY; ERR_MISSING: no key. */
enum err provision_seal(const struct crypto *crypto, const struct prov_device *d,
                        enum provision_body form, struct buf *out) MUST_CHECK;

/* A fact to tell; its views are good until the next call of any function. */
bool provision_next(struct provision *p, struct fact *ret_fact);
usec_t provision_deadline(const struct provision *p); /* date; USEC_NONE: none */
void provision_on_time(struct provision *p, usec_t now);
uint64_t provision_lost(const struct provision *p); /* facts that nobody fetched in time */

/* A problem report or a configuration report that was not taken. */
void provision_report_refused(struct provision *p, const struct provision_request *q,
                              unsigned status, const char *reason, usec_t now);
/* Whether the certificate proves who brings it, and the reason where it does not. */
bool provision_report_proven(const struct provision *p, const struct provision_request *q,
                             usec_t now, const char **ret_reason);
/* A download that broke off after so many bytes. */
void provision_cut(struct provision *p, struct endpoint peer, uint64_t bytes, const char *why,
                   usec_t now);
/* A TLS handshake on the phones' listeners that failed (struct stream_on). */
void provision_unshaken(struct provision *p, struct endpoint peer, const char *reason,
                        const char *text, usec_t now);

#endif
