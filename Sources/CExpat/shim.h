/* expat (https://libexpat.github.io): the XML that S3 answers. Its header includes none but the C library's. */
#include <expat.h>
