/* Between fetch.c, which follows a download, and fetch_end.c, which says what became of it. */
#ifndef DOMAIN_JOURNEY_FETCH_H
#define DOMAIN_JOURNEY_FETCH_H

#include "domain/journey/inside.h"

/* Moments, facts and numbers of the slot. */
enum { AT_START, AT_REQUEST, AT_STATUS };
enum { KEY_START, KEY_REQUEST, KEY_STATUS, KEY_FAILURE, KEY_CODE, KEY_RULE, KEY_ERROR, KEY_WAIT };
enum { N_STATUS, N_CODE, N_ENDED };
enum { N_DHCP = 4, N_LEASE, N_VOICE }; /* sent by DHCP; its option was kept; voice records */

/* The stage whose download it is; STAGE_NONE for firmware. */
enum stage fetch_stage(enum role r);

#endif
