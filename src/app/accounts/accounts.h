/* Accounts from a file of comma-separated values. The first line names the columns:
 *
 *     user            (or number) user part of the address of record: needed
 *     auth            user name of the digest; the same as user without it
 *     mac             MAC address of the phone, in any spelling
 *     secret_file     file whose first line is the password; from the folder of the CSV file
 *     ha1             MD5 of user:realm:password in hexadecimal digits
 *     ha1_sha256      SHA-256 of the same
 *     ha1_sha512_256  SHA-512/256 of the same
 *     sha256          yes: SHA-256 is offered to this one too (RFC 8760)
 *     note            not read
 *
 * A row has a secret file or at least one HA1. A file that holds a secret or an HA1 must be readable by its owner
 * only, or be another owner's and given to our group (root:dialtone 0640). No password and no HA1 is in a message. */
#ifndef APP_ACCOUNTS_ACCOUNTS_H
#define APP_ACCOUNTS_ACCOUNTS_H

#include "base/arena.h"
#include "domain/account/account.h"

enum { ACCOUNTS_MISTAKES = 20, ACCOUNTS_WHAT = 256 };

struct accounts_file {
    struct account_row *row; /* by user, in byte order; owned */
    size_t n;
    size_t with_mac;
    struct arena text; /* what the rows point to */
};

struct accounts_mistake {
    size_t line; /* 0: the file as a whole */
    char what[ACCOUNTS_WHAT];
};

/* What is wrong, by line; the first ACCOUNTS_MISTAKES of them. */
struct accounts_mistakes {
    size_t n; /* all */
    struct accounts_mistake at[ACCOUNTS_MISTAKES];
};

/* Reads all of it: every mistake is told, a file with any gives no accounts. `most` rows. ERR_MALFORMED, ERR_IO (it
 * cannot be opened or read), ERR_MEMORY. */
enum err accounts_file_read(const char *path, struct str realm, size_t most,
                            struct accounts_file *ret,
                            struct accounts_mistakes *ret_mistakes) MUST_CHECK;
/* Overwrites what was secret. */
void accounts_file_clear(struct accounts_file *f);

#endif
