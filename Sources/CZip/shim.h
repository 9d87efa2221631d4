/* libzip (https://libzip.org): reading zip archives, of which Python wheels are one kind. */
#include <zip.h>
