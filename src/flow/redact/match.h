/* Finds known values wherever they stand, in every spelling. Between the files of this module. */
#ifndef FLOW_REDACT_MATCH_H
#define FLOW_REDACT_MATCH_H

#include "flow/redact/values.h"

enum { PHONE_LEAST = 7, PHONE_MOST = 15 /* digits, ITU-T E.164 */ };

struct match {
    void *ctx;
    void (*hit)(void *ctx, uint32_t value, size_t at, size_t len);
};

/* Literal texts; the longest where several begin. */
void match_texts(const struct values *t, struct str line, const struct match *m);
/* Twelve digits of a known MAC, whatever single separators stand between them, also inside longer
 * runs. `len` covers the separators. */
void match_macs(const struct values *t, struct str line, const struct match *m);
/* Digits that end as a known number does, with at most five digits in front of it, alone or in
 * groups. `lengths`: bit n is set where a known number has n digits. */
void match_phones(const struct values *t, uint32_t lengths, struct str line, const struct match *m);

/* How an address is spelled. */
enum match_form { MATCH_DOTTED, MATCH_DASHED, MATCH_REVERSED, MATCH_IP6 };

struct match_address {
    enum match_form form;
    uint8_t a[16]; /* 4 bytes of it, but for MATCH_IP6 */
    size_t at, len;
    bool sure; /* not perhaps a version number */
};

/* Every address of the line. */
void match_addresses(struct str line, void (*each)(void *ctx, const struct match_address *address),
                     void *ctx);

/* The digits of a MAC in any spelling, small letters, into `ret_digits`. False when there are not
 * exactly twelve. */
bool match_mac_digits(struct str s, char ret_digits[12]);
/* Writes the last six of `digits` over those of the MAC that `len` bytes at `p` spell. */
void match_mac_write(const char *digits, char *p, size_t len);

#endif
