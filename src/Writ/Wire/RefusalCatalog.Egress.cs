namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Connections out of a run.
    static ImmutableArray<RefusalEntry> Egress => Parse("""
        net.automatic | The workflow names the place and policy allows it | 200 | 0 | Nothing to do.
        net.covered | The run was approved as reaching the place | 200 | 0 | Nothing to do.
        net.approved | The people who were asked agreed to this method and path of this place at this address; not to its query or content | 200 | 0 | Nothing to do.
        net.not-granted | The workflow does not name the place | 403 | 1 | Name it under egress in the workflow, with a second person.
        net.blocked | Policy forbids the connection, whoever agrees | 403 | 1 | Take another way; the rule that is named says why.
        net.approval-needed | People have to agree to the connection first | 403 | 4 | Ask for a run that is shown as reaching the place, or let the workflow hold connections (held).
        net.session-over | The run's session is over | 409 | 1 | Open a new session.
        net.address-refused | The name leads to an address that the workflow does not grant | 403 | 1 | Grant the place as private, or find out why the name leads there.
        net.unresolved | The name has no address | 503 | 1 | Look at the name, and at the name servers of writd's machine.
        net.unreachable | Nobody answered at the address | 503 | 1 | Look whether the service runs.
        net.bad-request | What was sent to the proxy is no request that it understands | 400 | 1 | Speak HTTP/1.1, CONNECT or SOCKS5 to it.
        net.ambiguous | The request can be read in more than one way | 400 | 1 | Send one length, one host, and a path that leads nowhere else.
        net.host-mismatch | The Host field names another host than the one that is asked for | 403 | 1 | Ask for the host that is meant.
        net.sni-mismatch | TLS asks for another host than the tunnel | 403 | 1 | Ask for a tunnel to the host that is meant.
        net.sni-absent | TLS says no host, so it cannot be compared | 403 | 1 | Use a client that sends the server name.
        net.ech-refused | TLS hides the host that it asks for | 403 | 1 | Switch encrypted client hello off.
        net.not-tls | What came through the tunnel is neither TLS nor HTTP | 403 | 1 | Grant the place as plain, if that is meant.
        net.not-seen | Nothing goes to a place whose requests are seen without being seen | 403 | 1 | Speak TLS or HTTP/1.1 to it through the proxy.
        net.intercept-refused | The client did not believe the certificate of its run, or offers no HTTP/1.1 | 403 | 1 | Have it read SSL_CERT_FILE, or have the workflow say intercept: never for a place that it pins.
        net.intercept-changed | What the workflow says of the place is not what the run was agreed to with | 409 | 5 | Ask for the run again.
        net.no-request | A connection on which nothing was asked for | 200 | 0 | Nothing to do.
        net.outside-credential | The credential of the place is not for this method and path | 403 | 1 | Ask for something that the workflow names under methods and paths.
        net.cleartext | The credential of the place goes in TLS alone | 403 | 1 | Ask for https.
        net.credential-over | The credential of the place is over | 409 | 5 | Ask for another run.
        net.no-credential | The control plane has no credential to add | 409 | 5 | Look at its file in credentials/ (at least 16 visible characters), or at the lease; then ask again.
        net.own-credential | The request brings a credential of its own | 403 | 1 | Send none; the control plane adds it.
        net.bad-certificate | What answers for the place cannot show that it is that | 503 | 1 | Look at its certificate, and at whom writd's machine believes.
        net.bad-answer | What answers there does not speak HTTP/1.1 in one reading | 503 | 1 | Look at the service.
        net.flood | The run asked for more connections than a run may, and was ended | 429 | 5 | Find out what asks for them.
        net.budget | The run has moved as many bytes over the network as it may | 429 | 1 | Ask for less.
        net.timeout | Nothing came for too long, or it took too long in all | 503 | 1 | Try again.
        net.ended | The run was over before the connection was | 200 | 0 | Nothing to do.
        net.fault | Passing a connection on met a fault, or no more could be taken and the run was ended | 500 | 1 | Look at the control plane's diagnostics.
        net.recorder-fault | What the run reaches could not be recorded, so the run was ended | 500 | 5 | Look at the control plane's diagnostics.
        run.bad-egress | A batch of connections does not follow from those before it | 409 | 1 | Report it.
        realm.bad-egress | A place that a workflow names is none | 422 | 2 | Write HOST:PORT, or what docs/credentials.md has.
        realm.egress-tier | A workflow with egress allows tiers without a network of their own | 422 | 2 | Set tierMin to T2 or T3.
        """);
}
