using System.Collections.Immutable;
using Writ.Cli.Arguments;
using Writ.Cli.CedarTools;

namespace Writ.Cli.Commands;

/// <summary>Every command of the client but those that are dispatched before any parsing.</summary>
static class CommandTable
{
    static readonly OptionRule _reason =
        new("--reason", "WHY", "why, in a sentence; it is signed or recorded", Short: "-r");

    static readonly OptionRule _digest =
        new("--digest", "DIGEST", "exactly what is meant, as writ show --json prints it");

    static readonly OptionRule _list =
        new("--digest", "DIGEST", "the list of changes that is meant, as writ changes RUN --json prints it");

    static readonly OptionRule _key = new("--key", "VKEY|FILE", "the ledger's key; else the one from enrolment");
    static readonly OptionRule _ledger = new("--ledger", "DIR", "a copy of the ledger, instead of the control plane's");

    static readonly ImmutableArray<OptionRule> _session =
    [
        new("--workflow", "ID", "the approved use case"), new("--task", "TEXT", "what the agent is to do"),
        new("--purpose", "TEXT", "what for, when it is not the workflow's own purpose"),
        new("--agent", "ID", "which agent, when the workflow allows several"),
        new("--env", "ID", "which environment, when the workflow allows several"),
        new("--target", "ID", "what it may act on", Repeats: true),
        new("--work-tree", "DIR", "the one directory it may write; else this one"),
        new("--policy", "FILE", "Cedar that narrows this session further: both have to allow"),
        new("--minutes", "N", "for how long"),
    ];

    public static ImmutableArray<CommandRule> All { get; } = [.. OfRealm(), .. CedarTable.All];

    static ImmutableArray<CommandRule> OfRealm() =>
    [
        new("init", "create a realm on this machine", null,
        [
            new("--data", "DIR", "where writd keeps it"), new("--name", "NAME", "what the realm is called"),
            new("--origin", "HOST/NAME", "the ledger's name, for ever"),
            new("--founder", "ID", "the first person"), new("--founder-name", "NAME", "their name"),
        ], ["writ init --name Example --origin writ.example.org/prod --founder alice"], IdentityCommands.Init),
        new("enrol", "make this device's key and bind it to a person", new OperandRule("PERSON"),
        [
            new("--code", "CODE|-", "the one-time code of the invitation, or - to read it; else you are asked"),
            new("--replace", null, "take the place of the key that is here"),
        ],
        [
            "writ enrol alice", "writ enrol alice --code 4f7c-9m2k-...",
            "writ enrol alice --code - --passphrase-file FILE < code",
        ], IdentityCommands.Enrol),
        new("login", "log in with the device's key, for at most twelve hours", null,
            [new("--provider", null, "sign in with the realm's OpenID provider instead; governs nothing")],
            ["writ login", "writ login --provider", "writ login --as bob --passphrase-file ~/.secrets/bob"],
            IdentityCommands.LogIn),
        new("logout", "end the login", null, [], ["writ logout"], IdentityCommands.LogOut),
        new("whoami", "say who acts here, and until when", null, [], ["writ whoami --json"], IdentityCommands.Who),
        new("realm", "say which realm this is, and its keys", null, [], ["writ realm --url https://writ.example.org"],
            IdentityCommands.Realm),
        new("invite", "give a declared person a one-time enrolment code", new OperandRule("PERSON"), [],
            ["writ invite bob"], IdentityCommands.Invite),
        new("offboard", "end a person's key, logins and sessions", new OperandRule("PERSON"), [_reason],
            ["writ offboard bob --reason 'left the company'"], IdentityCommands.Offboard),
        new("apply", "declare the realm from a directory of files", null,
        [
            new("--file", "DIR", "the directory: *.yaml, *.cedar, and the bundle in policies/", Short: "-f"), _reason,
            new("--dry-run", null, "only show what would change"), new("--yes", null, "do not ask before proposing"),
            PolicyRules.Mandatory,
        ], ["writ apply -f realm/ --dry-run", "writ apply -f realm/ --reason 'bob owns payments now'"],
            ChangeCommands.Apply),
        new("changes", "list what runs changed and is held back, and changes of the realm; or show one run's",
            new OperandRule("RUN [PATH]...", Required: false, Most: 1 + Trees.TreeSelection.PathsMax), [],
            ["writ changes", "writ changes run-4f7c9m2k4f7c9m2k", "writ changes run-4f7c9m2k4f7c9m2k src --json"],
            TreeCommands.Changes),
        new("commit", "write what a run changed into its work tree, all of it or some paths; the rest stays held",
            new OperandRule("RUN [PATH]...", Most: 1 + Trees.TreeSelection.PathsMax),
            [
                new("--executes-later", null, "also what other programs run or obey later, outside of any sandbox"),
                _list,
            ],
            [
                "writ commit run-4f7c9m2k4f7c9m2k", "writ commit run-4f7c9m2k4f7c9m2k src docs/index.md",
                "writ commit run-4f7c9m2k4f7c9m2k --digest sha256:... --passphrase-file FILE",
            ], TreeCommands.Commit),
        new("undo", "take what was committed of a run out of its work tree again", new OperandRule("RUN"), [_list],
            ["writ undo run-4f7c9m2k4f7c9m2k"], TreeCommands.Undo),
        new("discard", "drop what a run changed: nothing of it becomes real", new OperandRule("RUN"),
            [_list], ["writ discard run-4f7c9m2k4f7c9m2k"], TreeCommands.Discard),
        new("session open", "open a session for an agent", null,
            [.. _session, new("--uid", "N", "whose processes may act in it; else yours")],
            ["writ session open --workflow release-staging --task 'release 1.4'"], SessionCommands.Open),
        new("session run", "open a session and have its assistant live in a sandbox until one of them ends",
            new OperandRule("-- CMD [ARG]...", Most: 1_024),
            [
                .. _session, new("--session", "ID", "in this session, which is open and stays so"),
                new("--wait", "SECONDS", "wait so long for approval, where policy asks people"),
                new("--socket", "PATH", "where the control plane's socket for agents is (WRIT_SOCKET)"),
            ],
            [
                "writ session run --workflow mend --task 'mend the tests' -- claude",
                "writ session run --workflow mend --task 'why is it slow' --minutes 30 -- claude -p 'find out'",
                "writ session run --session ses-4f7c9m2k4f7c9m2k --wait 600 -- claude",
            ], AssistantCommand.Run),
        new("session list", "list sessions", null, [], ["writ session list"], SessionCommands.List),
        new("session show", "show a session, and what may still be done in it under its policies",
            new OperandRule("SESSION"), [],
            ["writ session show ses-4f7c9m2k4f7c9m2k", "writ session show ses-4f7c9m2k4f7c9m2k --json"],
            SessionCommands.Show),
        new("session close", "close a session", new OperandRule("SESSION"), [_reason],
            ["writ session close ses-4f7c9m2k4f7c9m2k"], SessionCommands.Close),
        new("power", "say what an agent may do now: which effects, on what, and who would be asked",
            new OperandRule("AGENT"),
            [
                new("--days", "N", "mark what was not used for so many days; else as the realm says, or 30"),
                new("--uses", null, "only what is granted and used, without the effects"),
            ],
            ["writ power claude", "writ power claude --uses --days 90", "writ power claude --json"],
            SessionCommands.Power),
        new("inbox", "list what waits for a decision", null, [new("--watch", null, "stay, and list what comes")],
            ["writ inbox --watch"], ApprovalCommands.Inbox),
        new("show", "show a request or a change, complete", new OperandRule("ID"), [],
            ["writ show req-4f7c9m2k4f7c9m2k", "writ show req-4f7c9m2k4f7c9m2k --json"], ApprovalCommands.Show),
        new("play", "play what a run printed, as it was printed: space halts it, a dot steps, q leaves",
            new OperandRule("RUN"),
            [
                new("--speed", "FACTOR", "so many times as fast"),
                new("--idle", "SECONDS", "wait no longer than this between two outputs; 2 when nothing is said"),
                new("--text", null, "print it all at once as plain text, as when the output is no terminal"),
                new("--cast", "VERSION", "print the asciicast file, version 2 or 3, unfiltered, for other players"),
            ],
            [
                "writ play run-4f7c9m2k4f7c9m2k --speed 4",
                "writ play req-4f7c9m2k4f7c9m2k --cast 2 > run.cast && asciinema play run.cast",
            ], PlayCommand.Run),
        new("approve", "approve a request or a change, with a signature for nothing else", new OperandRule("ID"),
            [_reason, _digest],
            [
                "writ approve req-4f7c9m2k4f7c9m2k",
                "writ approve req-4f7c9m2k4f7c9m2k --digest sha256:... --passphrase-file FILE",
            ], ApprovalCommands.Approve),
        new("refuse", "refuse a request or a change", new OperandRule("ID"), [_reason, _digest],
            ["writ refuse req-4f7c9m2k4f7c9m2k --reason 'use the staging table'"], ApprovalCommands.Refuse),
        .. PolicyRules.All,
        new("findings", "list what should not be as it is, and who is to settle it", null,
            [
                new("--kind", "KIND", "only of this kind: leaked-secret, unused-privilege, disagreement, ..."),
                new("--agent", "AGENT", "only what is about this agent"),
                new("--all", null, "also what somebody lives with, and the last that were settled"),
            ],
            ["writ findings", "writ findings --kind leaked-secret --json", "writ findings --agent claude --all"],
            FindingCommands.List),
        new("findings show", "show a finding: what it is, who acts and how, and the entries that tell of it",
            new OperandRule("FINDING"), [], ["writ findings show finding-4f7c94f7c9a2b4f7"], FindingCommands.Show),
        new("findings accept", "live with a finding until a day, and say why", new OperandRule("FINDING"),
            [_reason, new("--until", "DAY", "until the end of this day (UTC), or an instant; at most a year")],
            ["writ findings accept finding-4f7c94f7c9a2b4f7 --reason 'a test key' --until 2027-01-31"],
            FindingCommands.Accept),
        new("findings review", "look for findings at once; else it is done every five minutes", null, [],
            ["writ findings review"], FindingCommands.Review),
        new("lease list", "list credentials that live, those first that could not be taken back", null,
            [new("--ended", null, "also the last that have ended")],
            ["writ lease list", "writ lease list --ended --json"], LeaseCommands.List),
        new("lease show", "show a credential: whose it is, where it stands, until when it lives",
            new OperandRule("LEASE"), [], ["writ lease show lease-4f7c94f7c9m2k4f7c9m2k"], LeaseCommands.Show),
        new("lease revoke", "end a credential before its run does", new OperandRule("LEASE"), [_reason],
            ["writ lease revoke lease-4f7c94f7c9m2k4f7c9m2k --reason 'seen in a chat'"], LeaseCommands.Revoke),
        new("lease sweep", "look through the backends for accounts and leases that do not belong together", null, [],
            ["writ lease sweep", "writ lease sweep --json"], LeaseCommands.Sweep),
        new("lease authority", "print what servers are to believe; makes the key where there is none",
            new OperandRule("NAME"), [new("--kind", "KIND", "ssh, or x509")],
            ["writ lease authority web --kind ssh > writ.pub", "writ lease authority db --kind x509 --json"],
            LeaseCommands.Authority),
        new("kill", "stop a scope at once: its sessions end, its runs die", new OperandRule("SCOPE"), [_reason],
            ["writ kill agent:claude --reason 'acts on a poisoned issue'", "writ kill realm --reason drill"],
            KillCommands.Kill),
        new("resume", "let a stopped scope work again", new OperandRule("SCOPE"), [_reason],
            ["writ resume agent:claude --reason 'cleaned up'"], KillCommands.Resume),
        new("identity show", "show the realm's trust domain and the keys that sign identities", null, [],
            ["writ identity show", "writ identity show --json"], IssuerCommands.Show),
        new("identity bundle", "print the SPIFFE bundle, for another trust domain to pin", null, [],
            ["writ identity bundle > realm.bundle.json"], IssuerCommands.Bundle),
        new("identity rotate", "distrust every key that signs identities at once; new ones sign", null, [_reason],
            ["writ identity rotate --reason 'the machine was lost'"], IssuerCommands.Rotate),
        new("ledger copy", "copy a ledger, also while it grows; a copy that is there is continued",
            new OperandRule("DIR"), [_key, _ledger],
            ["writ ledger copy ~/copies/prod && writ ledger verify ~/copies/prod"], LedgerCommands.Copy),
        new("ledger verify", "verify a copy of a ledger offline and decide every entry again", new OperandRule("DIR"),
            [_key], ["writ ledger verify ~/copies/prod --key prod.vkey"], LedgerCommands.Verify),
        new("ledger key", "print the key that copies are verified by", null, [],
            ["writ ledger verify ~/copies/prod --key \"$(writ ledger key)\""], LedgerCommands.ShowKey),
        new("ledger show", "show entries, each proved to be in the ledger",
            new OperandRule("FROM[..TO]", Required: false), [_key, _ledger],
            ["writ ledger show", "writ ledger show 100..120 --json"], LedgerCommands.Show),
        new("ledger proof", "write the proof that an entry is in the ledger", new OperandRule("ENTRY"),
            [_key, _ledger, new("--output", "FILE", "where to; else standard output", Short: "-o")],
            ["writ ledger proof 117 -o entry-117.tlog-proof"], LedgerCommands.Proof),
        new("replay", "decide a request, or everything inside a run, again from the ledger",
            new OperandRule("REQUEST|RUN"),
            [_key, _ledger],
            [
                "writ replay req-4f7c9m2k4f7c9m2k --ledger ~/copies/prod", "writ replay run-4f7c9m2k4f7c9m2k",
            ], LedgerCommands.Replay),
        new("explain", "say what a line would do, and what a bundle of policies makes of it; runs nothing",
            new OperandRule("LINE", Required: false),
            [
                new("--policy", "DIR", "the bundle in this directory; else the one that writ brings"),
                new("--realm", "DIR", "the bundle of this realm directory: its policies/ and knowledge/"),
                new("--provenance", "ORIGINS", "as if such text had come into the session: web,package,tool,..."),
                new("--jsonl", null, "read lines {\"id\",\"command\",\"cwd\"} and print an answer for each"),
                new("--cwd", "DIR", "where the line would run"),
                new("--work-tree", "DIR", "the session's work tree; else where the line would run"),
            ],
            [
                "writ explain -- 'git status && rm -rf build'",
                "writ explain --json --policy policies -- 'kubectl get pods'",
                "writ explain --provenance web -- 'terraform apply'",
            ],
            ExplainCommand.Run),
        new("doctor", "say what is weaker than it could be, and what to do", null, [], ["writ doctor"],
            SelfCommands.Doctor),
        new("config show", "show the settings that hold", null, [new("--origin", null, "say where each comes from")],
            ["writ config show --origin"], SelfCommands.ShowConfig),
        new("completion", "print a completion script", new OperandRule("SHELL"), [],
            ["writ completion bash > ~/.local/share/bash-completion/completions/writ"], SelfCommands.Complete),
        new("version", "print the version", null, [], ["writ version"], SelfCommands.Version),
    ];

    /// <summary>Commands with a parser of their own, for help and completion only.</summary>
    public static ImmutableArray<(string Name, string Summary)> Dispatched { get; } =
    [
        ("run", "run a command by order of a writ, contained"),
        ("rollback", "take a run back by the command that its workflow names"),
        ("hook", "answer an assistant's hook"),
        ("agent", "connect an assistant: writ agent install"),
    ];
}
