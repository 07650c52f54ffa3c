namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // What the client says without asking anybody.
    static ImmutableArray<RefusalEntry> Client => Parse("""
        explain.bad-line | A line of the input is no question | 400 | 1 | Write {"id","command","cwd"} on each line; the others were answered.
        cli.incomplete | A program that belongs beside writ is missing | 500 | 126 | Install writ and writ-cli into one folder.
        cli.usage | The command line cannot be understood | 400 | 2 | Read the sentence, and the command's --help.
        cli.sign-in | Signing in with the provider did not work | 403 | 5 | Read the sentence, then try again.
        cli.cancelled | Stopped at the question | 409 | 1 | Nothing was signed or changed; start again.
        cli.files | A file or directory cannot be used | 500 | 1 | Correct the path or its permissions.
        cli.bad-config | The client's config.json cannot be read | 500 | 1 | Correct it at the place that is named, or remove it.
        cli.bad-login-file | The kept login cannot be read | 500 | 1 | Log in again with: writ login
        cli.no-home | There is no place for the client's files | 500 | 1 | Set HOME or WRIT_CONFIG.
        cli.no-daemon | writd cannot be started from here | 500 | 1 | Build or install writd beside writ.
        cli.not-enrolled | This device belongs to no realm | 403 | 1 | Enrol with: writ enrol PERSON --code CODE
        cli.other-realm | Another realm answers there | 409 | 1 | Use the realm's own address, or another WRIT_CONFIG.
        cli.other-ledger | Another ledger key is shown than before | 409 | 1 | Trust nothing; ask the realm's owners.
        cli.digest-mismatch | What is shown is not what would be signed | 409 | 1 | Nothing was signed; tell the realm's owners.
        cli.no-files | The directory declares nothing | 400 | 1 | Name a directory with *.yaml files.
        cli.not-text | A file is not UTF-8 text | 400 | 1 | Save it as UTF-8.
        cli.too-large | There are too many or too large files | 413 | 1 | Name the realm's own directory.
        control-plane.unreachable | The control plane does not answer | 503 | 6 | Start writd, or correct the address; see: writ config show
        control-plane.not-understood | What answers is no control plane of this version | 500 | 1 | Use client and server of one release.
        key.missing | There is no key of this person here | 403 | 1 | Enrol with: writ enrol PERSON --code CODE
        key.exists | There is a key already | 409 | 1 | Add --replace to take its place.
        key.malformed | The key file is damaged | 500 | 1 | Restore it, or enrol again.
        key.readable-by-others | Others can read the key file | 403 | 1 | Make it yours alone: chmod 600
        key.wrong-passphrase | The passphrase does not open the key | 403 | 1 | Nothing was signed; try again.
        key.short-passphrase | The passphrase is too short | 400 | 1 | Choose a longer one.
        key.passphrases-differ | The two passphrases differ | 400 | 1 | Nothing was changed; try again.
        key.bad-passphrase-file | The passphrase file cannot be used | 500 | 1 | Put the passphrase on its first line.
        key.passphrase-readable | Others can read the passphrase file | 200 | 0 | Make it yours alone: chmod 600
        client.folder-open | Others can look into the folder of your keys | 200 | 0 | Make it yours alone: chmod 700
        client.nobody | No person is set on this device | 200 | 0 | Enrol with: writ enrol PERSON --code CODE
        client.no-key | There is no key on this device | 200 | 0 | Enrol with: writ enrol PERSON --code CODE
        """);

    // What doctor finds, and what is said of a ledger that was read.
    static ImmutableArray<RefusalEntry> Findings => Parse("""
        host.containment | The best containment there is here | 200 | 0 | Correct the findings beside it.
        host.no-bubblewrap | bubblewrap is not installed | 200 | 1 | Install the package bubblewrap.
        host.no-namespaces | User namespaces do not work | 200 | 0 | Let unprivileged user namespaces.
        host.no-landlock | The kernel has no Landlock | 200 | 0 | Boot with lsm=landlock on Linux 5.13 or newer.
        host.old-landlock | Landlock does not scope signals and sockets | 200 | 0 | Linux 6.12 or newer does.
        host.identity | Whether workflows that give identities can run here | 200 | 0 | Correct the containment findings.
        identity.keys | Whether the realm has the keys that sign identities | 200 | 0 | Look at writd's diagnostics, if any is missing.
        host.egress | How runs reach what their workflow names | 200 | 0 | Correct what is named, if anything.
        workflow.long-lived | A workflow adds a credential to requests that lives until somebody changes it | 200 | 0 | Have a credential profile mint one for each run.
        workflow.wide-egress | A workflow grants more than single hosts with TLS or HTTP | 200 | 0 | Name single hosts, and leave plain out.
        host.mediation | Every program that a run starts is decided | 200 | 0 | Nothing to do.
        host.no-mediation | The programs that a run starts cannot be decided | 200 | 0 | Use a kernel and settings that allow it.
        host.session-uids | Whether sessions have users of their own on this host | 200 | 0 | Run writd as root; workflows with ownUser are refused until then.
        host.no-overlay | Changes cannot be held back here, so tier T3 is not given | 200 | 0 | Correct what is named; workflows with tierMin T3 are refused until then.
        host.overlay | Changes can be held back until they are committed | 200 | 0 | Nothing to do.
        host.no-seccomp | The kernel has no seccomp filters | 200 | 0 | Use a kernel with CONFIG_SECCOMP_FILTER.
        host.cgroup | Control groups keep the limits of runs | 200 | 0 | Nothing to do.
        host.no-cgroup | Control groups keep no limits of runs, or not all | 200 | 0 | Delegate one to writd's service (Delegate=yes).
        host.no-tls | People are listened to without TLS | 200 | 1 | Listen on loopback, or give --cert and --key.
        host.open-socket | Every user may connect to the agents' socket | 200 | 0 | Put it into a folder of the agents' group.
        host.root | The control plane runs as root | 200 | 0 | It needs root only to run commands as other users.
        host.same-uid | The control plane runs as its agents' user | 200 | 0 | Run writd as a user of its own.
        host.sqlite | The SQLite library in use | 200 | 0 | Nothing to do.
        host.libcrypto | The OpenSSL library in use | 200 | 0 | Keep it current.
        realm.one-person | Fewer than two people are enrolled | 200 | 0 | Invite a second person: writ invite PERSON
        realm.small-governance | Too few people govern | 200 | 0 | Add people to the governing team.
        realm.findings | Findings are open | 200 | 0 | Look at them: writ findings
        realm.findings-dropped | More was found than is kept | 200 | 0 | Settle what stands: writ findings
        storage.little-room | Little room is left for the ledger | 200 | 0 | Make room; a full disk stops everything.
        ledger.no-witness | No witness cosigns the ledger | 200 | 0 | Let somebody outside keep checkpoints.
        ledger.not-published | No checkpoint is published | 200 | 0 | Look at the control plane's diagnostics.
        ledger.tiles-lag | The published ledger is behind | 200 | 0 | Look at the control plane's diagnostics.
        ledger.no-such-entry | The ledger has no such entry | 404 | 1 | Name one that the ledger has.
        audit.not-decidable | An entry breaks the rules themselves | 409 | 1 | Trust nothing after the entry that is named.
        change.not-pending | The change waits for nobody | 409 | 1 | Nothing to do.
        json.syntax | The text is not JSON | 400 | 2 | Correct it at the place that is named.
        json.utf8 | The text is not UTF-8 | 400 | 2 | Save it as UTF-8.
        json.duplicate-key | A member stands twice | 400 | 2 | Keep one.
        json.integer-range | A number is beyond 2^53-1 | 400 | 2 | Write it as text.
        json.not-integer | A number is no integer | 400 | 2 | Write it as text.
        json.lone-surrogate | A text holds half a character | 400 | 2 | Correct the text.
        json.too-deep | The text is nested too deeply | 400 | 2 | Write it flatter.
        json.too-large | The text is too large | 413 | 2 | Shorten it.
        """);
}
