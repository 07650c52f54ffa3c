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
        net.flood | The run asked for more connections than a run may, and was ended | 429 | 5 | Find out what asks for them.
        net.budget | The run has moved as many bytes over the network as it may | 429 | 1 | Ask for less.
        net.timeout | Nothing came for too long, or it took too long in all | 503 | 1 | Try again.
        net.ended | The run was over before the connection was | 200 | 0 | Nothing to do.
        net.fault | Passing a connection on met a fault, or no more could be taken and the run was ended | 500 | 1 | Look at the control plane's diagnostics.
        net.recorder-fault | What the run reaches could not be recorded, so the run was ended | 500 | 5 | Look at the control plane's diagnostics.
        run.bad-egress | A batch of connections does not follow from those before it | 409 | 1 | Report it.
        realm.bad-egress | A place that a workflow names is none | 422 | 2 | Write HOST:PORT, or {host, port, private, plain}.
        realm.egress-tier | A workflow with egress allows tiers without a network of their own | 422 | 2 | Set tierMin to T2 or T3.
        """);
}
