# SPDX-License-Identifier: Apache-2.0
"""TLS of both ends (RFC 8446, 5246, names after RFC 9525)."""
import ssl

from . import fault

NO_CHECK_TIME = 0x200000        # X509_V_FLAG_NO_CHECK_TIME, not named in ssl


def _old(context):
    """For seeded faults only: what RFC 8996 forbids."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    context.minimum_version = ssl.TLSVersion.TLSv1


def server(o):
    """Context of a server; None without --cert. --mtls: clients must show a
    certificate of --ca."""
    if not (o.cert and o.key):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(o.cert, o.key)
    if o.ca and o.mtls:
        context.load_verify_locations(o.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        if fault.on("tls-client-cert-optional"):
            context.verify_mode = ssl.CERT_OPTIONAL
        elif fault.on("tls-client-cert-ignored"):
            context.verify_mode = ssl.CERT_NONE
        elif fault.on("tls-client-expired"):
            context.verify_flags |= NO_CHECK_TIME
    if fault.on("tls-old-server"):
        _old(context)
    elif fault.on("tls-no-13"):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def client(o):
    """Context of a client that trusts --ca only; shows --cert if given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if fault.on("tls-unverified"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(o.ca)
        if fault.on("tls-any-name"):
            context.check_hostname = False
        elif fault.on("tls-expired"):
            context.verify_flags |= NO_CHECK_TIME
    if fault.on("tls-old-client"):
        _old(context)
    if o.cert and o.key and not fault.on("tls-no-own-cert"):
        context.load_cert_chain(o.cert, o.key)
    return context


def close(sock):
    """close_notify, then the connection; never waits long."""
    try:
        if isinstance(sock, ssl.SSLSocket):
            sock.settimeout(1)
            sock = sock.unwrap()
    except (OSError, ValueError):
        pass
    try:
        sock.close()
    except OSError:
        pass
