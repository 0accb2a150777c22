/* HTTP digest authentication as SIP uses it (RFC 7616, 2617, 2069; RFC 3261 22; RFC 8760). */
#ifndef PROTO_DIGEST_H
#define PROTO_DIGEST_H

#include "base/crypto.h"
#include "base/err.h"
#include "base/sink.h"

enum { DIGEST_HEX = 2 * DIGEST_MOST }; /* characters of the longest digest */

/* qop values as a set. */
enum {
    DIGEST_QOP_AUTH = 1,
    DIGEST_QOP_AUTH_INT = 2,
    DIGEST_QOP_OTHER = 4,
};

enum digest_kind {
    DIGEST_CHALLENGE,   /* WWW-Authenticate, Proxy-Authenticate */
    DIGEST_CREDENTIALS, /* Authorization, Proxy-Authorization */
};

/* One challenge or one set of credentials. Views of the insides of quotes, escapes left as they
 * are; a field that is missing has a NULL pointer, an empty one has not. */
struct digest {
    bool digest;       /* the scheme is Digest, in any case; otherwise only `scheme` is set */
    struct str scheme; /* as written */
    struct str username;
    struct str username_ext; /* username*, RFC 8187 form as written */
    struct str realm;
    struct str nonce;
    struct str uri;
    struct str response;
    struct str algorithm; /* as written; NULL pointer: MD5 is meant */
    struct str cnonce;
    struct str opaque;
    struct str qop; /* as written */
    struct str nc;
    struct str domain;
    struct str stale;
    struct str userhash;
    unsigned qop_set; /* DIGEST_QOP_... of qop; 0 without qop */
    struct str raw;   /* all of it, for pointing at it */
};

/* The next challenge of `*rest` (several may stand in one field), which is moved behind it. ERR_END
 * when nothing is left; ERR_MALFORMED with the offset from the start of *rest: no scheme, no '=', a
 * quote that does not close, the same field twice. Text that ends in the middle (a log that was
 * cut) gives ERR_MALFORMED too; see digest_read_cut. */
enum err digest_next(struct str *rest, struct digest *ret_digest,
                     struct err_at *reterr_at) MUST_CHECK;
/* `value` as one challenge or one set of credentials. */
enum err digest_read(struct str value, struct digest *ret_digest,
                     struct err_at *reterr_at) MUST_CHECK;
/* For logs: what can be read of the first one; false when even the scheme is missing. A value that
 * was cut short or misses its closing quote ends where the text does. */
bool digest_read_cut(struct str value, struct digest *ret_digest);

/* The algorithm by its name: "MD5", "SHA-256-sess" ... in any case. False for any other. */
bool digest_algorithm_read(struct str name, enum digest_algorithm *ret_algorithm, bool *ret_sess);
/* Characters of a digest in hexadecimal. */
size_t digest_hex_len(enum digest_algorithm algorithm);

/* What is wrong with the form of credentials. */
enum digest_form {
    DIGEST_FORM_OK,
    DIGEST_NOT_DIGEST,       /* another scheme */
    DIGEST_USERNAME_MISSING, /* and no username* */
    DIGEST_REALM_MISSING,
    DIGEST_NONCE_MISSING,
    DIGEST_URI_MISSING,
    DIGEST_RESPONSE_MISSING,
    DIGEST_ALGORITHM_UNKNOWN,
    DIGEST_RESPONSE_LENGTH, /* not the length of the algorithm's digest */
    DIGEST_RESPONSE_NOT_HEX,
    DIGEST_QOP_UNKNOWN,    /* neither auth nor auth-int, or several */
    DIGEST_CNONCE_MISSING, /* with qop or a -sess algorithm */
    DIGEST_NC_MISSING,     /* with qop */
    DIGEST_NC_FORM,        /* not 8 hexadecimal digits */
    DIGEST_QOP_MISSING,    /* nc without qop */
    /* Against the challenge: */
    DIGEST_REALM_DIFFERS,
    DIGEST_NONCE_DIFFERS,
    DIGEST_OPAQUE_DIFFERS,
    DIGEST_ALGORITHM_DIFFERS,
    DIGEST_QOP_NOT_OFFERED,
    DIGEST_FORM_N
};

/* The first thing that is wrong with `c`, by itself and, where `challenge` is not NULL, as an
 * answer to it. Redacted values (X's) of realm, nonce and opaque do not differ from anything. */
enum digest_form digest_check_form(const struct digest *c, const struct digest *challenge);
/* A stable short name ("cnonce-missing") and a plain sentence for it. */
const char *digest_form_name(enum digest_form form);
const char *digest_form_text(enum digest_form form);

/* HA1 = H(username ":" realm ":" password), lower-case hexadecimal; *ret_len characters, no NUL.
 * Errors: those of the table. The parts are taken as they are; digest_unquote resolves escapes. */
enum err digest_ha1(const struct crypto *crypto, enum digest_algorithm algorithm,
                    struct str username, struct str realm, struct str password,
                    char ret_hex[DIGEST_HEX], size_t *ret_len) MUST_CHECK;
/* userhash = H(username ":" realm) (RFC 7616 3.4.4). */
enum err digest_userhash(const struct crypto *crypto, enum digest_algorithm algorithm,
                         struct str username, struct str realm, char ret_hex[DIGEST_HEX],
                         size_t *ret_len) MUST_CHECK;

/* The response that the fields of `c` ask for: -sess by its algorithm, auth, auth-int (over `body`)
 * or the form of RFC 2069 by its qop. `ha1` is the plain one, in lower-case hexadecimal.
 * ERR_MALFORMED: unknown algorithm or qop, or HA1 of another length. */
enum err digest_response(const struct crypto *crypto, const struct digest *c, struct str ha1,
                         struct str method, struct str body, char ret_hex[DIGEST_HEX],
                         size_t *ret_len) MUST_CHECK;

enum digest_verdict { DIGEST_RIGHT, DIGEST_WRONG };

/* H(method ":" uri) of the credentials before: most phones of a server say the same there. Zeroed: none. */
enum { DIGEST_A2_MOST = 128 };
struct digest_a2 {
    enum digest_algorithm algorithm;
    uint8_t method_len, uri_len;
    char text[DIGEST_A2_MOST];
    char hex[DIGEST_HEX];
};

/* Recomputes the response and compares it in constant time, hexadecimal digits in any case. Errors
 * as digest_response. Says nothing about the nonce's age, nc, or whether the uri is that of the
 * request. `before` is used and brought up to date; NULL: there is none. */
enum err digest_verify(const struct crypto *crypto, const struct digest *c, struct str ha1,
                       struct str method, struct str body, struct digest_a2 *before,
                       enum digest_verdict *ret_verdict) MUST_CHECK;

/* Whether it can be answered: a challenge by Digest whose algorithm and qop we know. */
bool digest_answerable(const struct digest *challenge);

/* What answers a challenge beside what it says. */
struct digest_answer {
    struct str username;
    struct str password;
    struct str ha1; /* instead of the password, where it is not empty: as digest_ha1 gives it */
    struct str method;
    struct str uri;
    struct str cnonce; /* used where the challenge has a qop or a -sess algorithm */
    uint32_t count;    /* how often this nonce was used, from 1 */
};

/* An answer that is not laid out yet: `c` with its response, views into what was given and into itself (it is not to be moved). */
struct digest_made {
    struct digest c;
    char response[DIGEST_HEX];
    char nc[16];
};

/* The fields of the answer to `challenge` (RFC 7616 3.4), qop auth where it is offered. ERR_MALFORMED: not answerable, or a
 * value would end its quotes or its line. Otherwise errors of the table. */
enum err digest_answer_make(const struct crypto *crypto, const struct digest *challenge,
                            const struct digest_answer *a, struct digest_made *ret) MUST_CHECK;

/* The value of Authorization that answers `challenge`: errors as of digest_answer_make, or the sink's. */
enum err digest_answer_write(const struct crypto *crypto, const struct digest *challenge,
                             const struct digest_answer *a, struct sink *out) MUST_CHECK;

/* Resolves \x of a quoted string into `out` (at least s.len bytes); without any, returns `s`
 * itself. */
struct str digest_unquote(struct str s, char *out);
/* Redacted: at least three X's (or x's) in a row, or a placeholder in angle brackets. */
bool digest_redacted(struct str s);

#endif
