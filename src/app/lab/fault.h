/* Faults that the lab makes: files of share/lab, one each. What a file says:
 *
 *     finding DN-03 activation-dns          the finding that names it, and the stage where the journey stops
 *     en "..."  ja "..."                    what was done to the site, a sentence
 *     cure en "..."  cure ja "..."          the smallest repair that the finding's remedy names
 *     seconds 29                            that the phone is given (20)
 *     waits                                 the phone is left on for all of them: what is missing shows by its silence
 *     boots                                 the phone gets its dial tone in spite of it
 *     reset                                 the repair includes a factory reset of the phone
 *     prt|journal|capture|probe|all ID STAGE [LEVEL]    what is seen from there, where it is not the finding above
 *     prt|journal|capture|probe|all - "..." "..."       nothing is, and why, in both languages
 *     later                                 what follows is done once the phone has its dial tone
 *     WORD ...                              what is done (docs/lab.md): rows of a table in fault.c
 *
 * Whatever is done is undone by the repair. */
#ifndef APP_LAB_FAULT_H
#define APP_LAB_FAULT_H

#include "base/arena.h"
#include "base/conf.h"
#include "domain/stage/stage.h"

enum { FAULT_STEPS = 24, FAULT_WORDS = 24, FAULT_LINES = 64, FAULT_TEXT = 128 * 1024 };

/* Where somebody stands who looks at it. */
enum fault_view { VIEW_PRT, VIEW_JOURNAL, VIEW_CAPTURE, VIEW_PROBE, VIEW_ALL, FAULT_VIEWS };
const char *fault_view_name(enum fault_view v);

enum fault_lang { FAULT_EN, FAULT_JA, FAULT_LANGS };

enum fault_word {
    WORD_DHCP,     /* LINE: one more of the DHCP server's configuration (dnsmasq) */
    WORD_DHCP_NOT, /* HEAD: its lines that begin so are left out */
    WORD_DHCP_OFF, /* it is not there */
    WORD_RIVAL,    /* [LINE]: a second DHCP server, on a small router that somebody brought along */
    WORD_DNS,      /* LINE: of both name servers (dnsmasq) */
    WORD_DNS_NOT,  /* HEAD */
    WORD_DNS1,     /* LINE: of the first one */
    WORD_DNS1_NOT, /* HEAD */
    WORD_DNS_OFF,  /* neither is there: a `server` may be */
    WORD_DNS1_OFF, /* the first one is not */
    WORD_EDGE_OFF, /* the service has no SIP edge: a `server` may be there */
    WORD_FILTER,   /* RULE: of the site's router (nft, table ip site) */
    WORD_IP,       /* HOST "WORDS" "WORDS": ip, at that host, now; and to undo it */
    WORD_SERVE,    /* SECTION LINE: of the service's configuration; SECTION "" is its top */
    WORD_CERTIFICATE, /* web|edge KIND: see site_certificate */
    WORD_DEVICE,      /* MAC or none: what is in the hub in place of the phone's own */
    WORD_PARAMETER,   /* NAME VALUE: of the device's configuration */
    WORD_API,         /* METHOD PATH [JSON]: to the hub, {device} and {account} replaced */
    WORD_MEND,        /* the same, to undo it */
    WORD_WEB,         /* activation|provisioning, and lines: nginx in place of the service there */
    WORD_WEB_OFF,     /* activation|provisioning: nothing is there: a `server` may be */
    WORD_REGISTRAR, /* tls|tcp|udp, and lines: Kamailio in place of the edges; what it does with a REGISTER */
    WORD_SERVER, /* NAME HOST READY "COMMAND": one more server, ready when it says READY */
    WORD_FILE,   /* NAME, and lines: in the lab's folder, which is {lab} in all texts */
    WORD_PHONE,  /* WORD...: more of the phone's command line */
    WORD_PHONE2, /* [WORD...]: a second phone, of another MAC, beside it */
    FAULT_KINDS,
};

struct fault_step {
    enum fault_word word;
    bool later;
    size_t line;
    struct str arg[FAULT_WORDS];
    size_t n;
    struct str text; /* the lines behind it, with line ends */
};

struct fault_see {
    bool given, blind;
    struct str id;    /* of the finding */
    enum stage stage; /* where it is said */
    struct str level;
    struct str why[FAULT_LANGS]; /* blind: */
};

struct fault {
    struct str id;      /* the file's name */
    struct str finding; /* what names the cause */
    struct str about[FAULT_LANGS], cure[FAULT_LANGS];
    struct fault_see see[FAULT_VIEWS]; /* every one is filled in */
    unsigned seconds;
    bool boots, reset, waits;
    struct fault_step step[FAULT_STEPS];
    size_t n;
};

/* The cause itself does not show there: what is expected is the finding that comes nearest. */
bool fault_is_nearest(const struct fault *f, enum fault_view v);

/* Reads one file. Texts are views of `text` and of `a`, which must outlive it. ERR_MALFORMED with *ret_error, ERR_MEMORY. */
enum err fault_read(struct fault *f, struct arena *a, struct str file, struct str text,
                    struct conf_error *ret_error) MUST_CHECK;

#endif
