namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Sessions: one bounded run of one agent.
    static ImmutableArray<RefusalEntry> Sessions => Parse("""
        session.malformed | A session is asked for by an absolute cwd | 400 | 2 | Give an absolute path.
        session.unknown | No such session | 404 | 1 | Open one with: writ session open
        session.none | No open session covers this directory | 404 | 3 | Ask a person to open one for this directory: writ session open
        session.ambiguous | Several sessions cover this directory | 409 | 2 | Set WRIT_SESSION to the one that is meant.
        session.not-yours | The session is somebody else's | 403 | 3 | Use a session of your own.
        session.ended | The session has ended | 409 | 5 | Open a new session.
        session.expired | The session's time is over | 409 | 5 | Open a new session.
        session.closed | The session was closed | 200 | 0 | Nothing to do.
        session.killed | The kill switch ended the session | 409 | 5 | Find out why; a person opens the next one.
        session.budget | The session's bounds are used up | 409 | 3 | Open a new session for what is left to do.
        session.stopped | The kill switch stands | 403 | 3 | The governing team resumes it: writ resume
        session.sponsor-left | The session's sponsor has left | 409 | 5 | Somebody else sponsors a new session.
        session.bad-id | The session's id is not new | 409 | 2 | Try again.
        session.bad-policy | The session's own policy cannot be used | 422 | 2 | Correct the file at the place that is named.
        session.policy-permits-nothing | The session's own policy permits nothing | 422 | 2 | Begin it with a permit; it can only narrow.
        session.too-many-policies | Too many different session policies are in use | 409 | 1 | Close sessions, or use one of those.
        session.bad-task | The session's task is missing or too long | 400 | 2 | Say the task in at most 4,096 characters.
        session.bad-work-tree | The work tree is not acceptable | 400 | 2 | Give an absolute path, not the whole system.
        session.no-target | No target is named | 400 | 2 | Name at least one target of the workflow.
        session.needs-agent | The workflow allows several agents | 400 | 2 | Say which with: --agent
        session.needs-environment | The workflow allows several environments | 400 | 2 | Say which with: --env
        session.target-environment | A target is in another environment | 400 | 2 | Name targets of the session's environment.
        session.parent | The parent session is not open | 409 | 3 | Open it first, or leave it out.
        session.parent-ended | The session above this one has ended | 409 | 5 | Open a new session.
        session.chain | Too many sessions stand above another | 409 | 2 | Open the session from one further up.
        session.bad-reason | The reason is too long | 400 | 2 | Shorten it.
        session.too-many | Too many sessions are open | 409 | 1 | Close some.
        session.too-many-requests | The session holds too many requests | 409 | 3 | Open a new session.
        session.bad-client | The assistant's name or session is too long | 400 | 2 | Shorten it.
        session.bad-prompt | The prompt's id is too long | 400 | 2 | Shorten it.
        session.bad-content | What came in has no origin, or its place is too long | 400 | 2 | Say web, package, tool, service or repository, and shorten the place.
        """);

    // Requests, writs and runs.
    static ImmutableArray<RefusalEntry> Work => Parse("""
        agent.not-attested | The kernel does not say who asks | 403 | 3 | Ask on the agents' Unix socket.
        hook.bad-answer | The control plane's answer is no hook's answer | 500 | 3 | Use a client of the same release.
        hook.deadline | The hook's time was over | 503 | 3 | Try again; see: writ doctor
        hook.fault | The hook met a fault, so it is blocked | 500 | 3 | See: writ doctor
        hook.malformed | The hook's input cannot be read | 400 | 3 | Use a supported release of the assistant.
        hook.missing | A command ran that the assistant's hook never announced | 409 | 3 | Look at the session, and place the hook again with: writ agent install claude-code
        hook.terminated | The hook was ended by a signal | 409 | 3 | Try again.
        hook.too-large | The hook's input is too large | 413 | 3 | Ask for less at once.
        hook.unbrokered | The assistant ran a command by itself | 403 | 3 | Use: writ run -- CMD
        hook.unknown-client | The assistant is not known | 400 | 3 | Use an assistant that this release knows.
        hook.unknown-event | The hook's event is not known | 400 | 3 | Use a supported release of the assistant.
        hook.unknown-tool | The tool is not known, so it is blocked | 403 | 3 | Use a tool that Writ understands.
        hook.unreachable | The hook cannot reach the control plane | 503 | 3 | Start writd, then try again.
        hook.usage | The hook was called in another way than it can be | 400 | 3 | Install it again with: writ agent install claude-code
        request.malformed | The request is not one | 400 | 2 | Give an absolute cwd and either argv or line.
        request.key-reused | The key belongs to another request | 409 | 2 | Use a new key for a new request.
        run.too-many | Too many runs are under way | 429 | 6 | Try again in a moment.
        run.start-failed | The run could not be started | 500 | 126 | See: writ doctor
        request.unknown | No such request | 404 | 1 | List what waits with: writ inbox
        recording.none | Nothing is recorded of the run | 404 | 1 | It has not ended, printed nothing, or its recording was erased: writ show ID
        request.waiting | The request waits for people | 409 | 4 | Wait for it with: writ run --request ID --wait
        request.expired | The request's time is over | 409 | 5 | Ask again.
        request.closed | The request is over | 409 | 5 | Ask again.
        request.done | The agent's tool reported success | 200 | 0 | Nothing to do.
        request.failed | The agent's tool reported failure | 200 | 1 | Look at its output.
        request.allowed | The request was allowed once already | 409 | 5 | Ask again; each yes is for once.
        request.not-allowed | The request was not allowed to the agent's tool | 409 | 1 | Nothing to do.
        request.brokered | Writ carries this request out | 409 | 2 | Use: writ run --request ID
        request.advisory | The agent's own tool carries this out | 409 | 2 | Nothing for Writ to run.
        request.no-executable | The program was not found | 409 | 127 | Correct the program's name.
        request.bad-id | The request's id is not new | 409 | 2 | Try again.
        request.bad-cwd | The working directory is not absolute | 400 | 2 | Give an absolute path.
        request.bad-variable | A variable's name is not acceptable | 400 | 2 | Give each name once, without '='.
        request.bad-executable | The executable is not known exactly | 400 | 2 | Name it by absolute path and SHA-256.
        request.empty | There is no command | 400 | 2 | Give a command.
        request.nul | The command contains NUL | 400 | 2 | Remove it.
        request.not-text | The command is not valid Unicode | 400 | 2 | Correct the text.
        request.too-large | The command is too large | 413 | 2 | Put longer input into a file of the work tree.
        writ.issued | A writ was issued already | 409 | 5 | Each request runs once; ask again.
        writ.consumed | The writ is consumed | 409 | 5 | Each writ is used once; ask again.
        writ.malformed | The writ's id is not well-formed | 400 | 2 | Try again.
        writ.unknown | No such writ | 404 | 1 | Ask again.
        writ.expired | The writ has expired | 409 | 5 | Ask again.
        run.unknown | The run is not under way | 404 | 1 | Nothing to do.
        run.malformed | The run's id is not new | 409 | 1 | Try again.
        run.not-runner | Only the runner does this | 403 | 1 | Nothing to do.
        run.tier | The host contains less than is demanded | 403 | 3 | Run it on a host that offers the tier.
        run.exited | The command ended | 200 | 0 | Nothing to do.
        run.signalled | A signal ended the command | 200 | 1 | Look at its output.
        run.timed-out | The run's time was over | 200 | 1 | Ask for less at once.
        run.memory | The run used more memory than it may | 200 | 1 | Do less at once, or have memoryMiB of the workflow raised.
        run.output-limit | The run wrote too much | 200 | 1 | Write less, or into a file.
        run.killed | The run was killed | 200 | 5 | Find out why.
        run.not-started | The run did not start | 200 | 126 | The detail says why.
        run.lost | The control plane lost sight of the run | 200 | 1 | Look at what it did; the ledger says how far it came.
        run.no-sandbox | The host offers no sandbox that is strong enough | 403 | 126 | See: writ doctor
        run.no-own-uid | The session gets no user of its own here | 403 | 126 | See: writ doctor; or leave ownUser out of the workflow.
        run.plan-invalid | The run cannot be planned | 400 | 126 | Correct the value that is named.
        run.tree-refused | The work tree is not acceptable | 403 | 126 | Use a directory of your own without links.
        run.directory-refused | The working directory is not in the work tree | 403 | 126 | Change into the work tree.
        run.path-refused | A path is not acceptable | 403 | 126 | Correct the path that is named.
        run.executable-refused | The executable is not acceptable | 403 | 126 | Use the program's canonical path.
        run.sandbox-failed | The sandbox did not start | 500 | 126 | See: writ doctor
        run.start-timeout | The run did not start in time | 500 | 126 | Try again; see: writ doctor
        run.lost-sight | The supervisor lost the run | 500 | 126 | Look at what it did.
        """);
}
