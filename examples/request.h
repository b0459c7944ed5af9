/* SPDX-License-Identifier: MIT */
/* What serve.c and fetch.c say to each other, beside sections. */
#ifndef EXAMPLES_REQUEST_H
#define EXAMPLES_REQUEST_H

/* The client asks: a name, filled up with zeros, of which there is one at
 * least. Whoever knows how much is to come needs no parser for it. */
#define REQUEST_SIZE 64

/* The server answers with one of these bytes; after the first comes the
 * section. */
#define ANSWER_SECTION '+'
#define ANSWER_NONE    '-'

#endif
