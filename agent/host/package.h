/* SPDX-License-Identifier: Apache-2.0 */
/* Installed packages from the databases of dpkg, rpm (SQLite, and the Berkeley
 * DB hash of older systems) and apk. rpm's third form ("Packages.db") is
 * recognised and reported as unread. */
#ifndef AGENT_HOST_PACKAGE_H
#define AGENT_HOST_PACKAGE_H

#include "agent/host/facts.h"

#define PACKAGE_DB_BYTES  ((size_t)64 << 20)
#define PACKAGE_RPM_BYTES ((size_t)16 << 20) /* one header blob */

/* package_add(f, p): copy the struct (its texts are the arena's already) to
 * the list. False when the list is full. */
bool package_add(struct facts *f, const struct facts_package *p);

/* package_dpkg(f, text): a dpkg status file (deb822 stanzas); only packages
 * whose state is "installed". ${status_d}: a distroless status.d file, which
 * has no Status line. */
void package_dpkg(struct facts *f, struct bytes text, bool status_d);

/* package_apk(f, text): apk's lib/apk/db/installed. */
void package_apk(struct facts *f, struct bytes text);

/* package_rpm_header(f, blob): one header of an rpm database; false when its
 * structure is broken or it has no name. Reads name, epoch, version, release
 * and architecture alone, every offset checked. */
bool package_rpm_header(struct facts *f, struct bytes blob);

/* package_rpm_berkeley(r, f, fd): a Berkeley DB "Packages"; false when it is
 * none. What is damaged is left out and sets f->partial. */
bool package_rpm_berkeley(const struct fsroot *r, struct facts *f, int fd);

/* package_rpm(r, f): the first rpm database below the root, read only. */
void package_rpm(const struct fsroot *r, struct facts *f);

/* package_upstream(version, out): the maker's part of a package version:
 * without epoch ("1:") and without the packager's revision (behind the last
 * "-"); bytes of ${version}. Debian policy 5.6.12; rpm's V-R. */
struct bytes package_upstream(struct bytes version);

#endif
