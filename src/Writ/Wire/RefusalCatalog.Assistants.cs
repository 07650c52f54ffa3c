namespace Writ.Wire;

public static partial class RefusalCatalog
{
    // Assistants that live in a sandbox for as long as their session.
    static ImmutableArray<RefusalEntry> Assistants => Parse("""
        assistant.not-named | The workflow does not let this program live in a sandbox | 403 | 3 | Name it in the workflow: assistant: {programs: [...]}
        assistant.already | An assistant lives in the session already | 409 | 3 | Work in the session that is there; a person opens another one.
        assistant.inside | It is asked from inside an assistant's sandbox | 403 | 3 | A person outside does that.
        assistant.secret | A secret that the workflow names cannot be handed over | 500 | 1 | Make it a file of one line that only the control plane's user can read.
        assistant.home-busy | Another assistant has this home now | 409 | 1 | Wait until it has ended, or let the workflow say home: scratch.
        assistant.too-many | Too many assistants live here already | 429 | 1 | Wait until one has ended.
        session.assistant-ended | The session's assistant has ended, and the session with it | 200 | 0 | Nothing to do.
        exec.assistant | The program is the assistant's own code, in the assistant's sandbox | 200 | 0 | Nothing to do.
        exec.tree-held | The program is not for inside an assistant's sandbox, and the work tree is held back | 403 | 1 | Ask for it when the assistant has ended and its changes are committed.
        assistant.tree-held | What an assistant has changed is held back, so nothing is carried out beside it | 409 | 3 | Have its changes committed when it has ended, then ask again.
        assistant.home-full | The home that is kept for an assistant holds too much | 409 | 3 | Remove something from it where the message says, or raise homeMiB and homeFiles of the workflow.
        assistant.home-unreadable | The home that is kept for an assistant cannot be looked at | 409 | 3 | Have its owner open it again (chmod u+rwx), or remove it where the message says.
        exec.brokered | The program is not for inside an assistant's sandbox | 403 | 1 | Ask for it by itself: writ run -- CMD
        exec.depth | Too many assistants stand above one another | 403 | 1 | Do it in one of those that are there.
        request.bad-assurance | The request says wrongly who carries it out | 400 | 2 | Report it.
        host.assistants | Whether assistants can live in a sandbox here | 200 | 0 | Correct what is named, if anything.
        workflow.long-lived-secret | Assistants are started with a secret that lives as long as its file | 200 | 0 | Give it a short life and few rights.
        realm.assistant-tier | A workflow with an assistant allows tiers without namespaces | 422 | 2 | Set tierMin to T2 or T3.
        realm.bad-assistant | What the workflow says of assistants cannot be used | 422 | 2 | Correct what is named.
        """);
}
