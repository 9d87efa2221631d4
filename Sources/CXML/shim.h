/* libxml2 (https://gitlab.gnome.org/GNOME/libxml2): the answers of S3. FoundationXML's parser over the same library traps on
   some malformed documents, which a server must not be able to bring about. */
#include <libxml/xmlreader.h>
