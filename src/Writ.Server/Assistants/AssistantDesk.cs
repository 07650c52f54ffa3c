using System.Collections.Immutable;
using System.Globalization;
using Writ.Assistants;
using Writ.Linux;
using Writ.Requests;
using Writ.Server.Agents;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Trees;
using Writ.Sessions;

namespace Writ.Server.Assistants;

/// <summary>Prepares what an assistant needs to live in a sandbox, and takes it back when it has ended.</summary>
sealed class AssistantDesk(
    RealmActor realm, RunConnections connections, AgentPathOptions paths, DataDirectory data, AgentLimits limits,
    TimeProvider time)
{
    const int OwnerOnly = 0x1C0;

    readonly Slots _slots = new(limits.AssistantsMax);
    readonly HashSet<string> _homes = new(StringComparer.Ordinal);

    /// <summary>Null for every request but one that is for an assistant.</summary>
    public AssistantStay? For(RunId run, Request request, SessionState.Open session)
    {
        if (request.Ask is not Ask.Assistant)
            return null;
        if (realm.State.Registry.Workflows.GetValueOrDefault(session.Terms.Workflow)?.Assistant is not { } terms)
            return new AssistantStay(new Refusal("assistant.not-named", "The workflow lets no assistant live here."));
        if (AssistantSecrets.Read(terms.Secrets, data.Root, out var secrets) is { } unreadable)
            return new AssistantStay(unreadable);
        var home = terms.Home == AssistantHome.Kept ? HomeOf(session.Terms) : null;
        var room = limits.KeptHome with
        {
            BytesMax = terms.HomeMiB is { } size ? (long)size << 20 : limits.KeptHome.BytesMax,
            EntriesMax = terms.HomeFiles ?? limits.KeptHome.EntriesMax,
        };
        // Before anything is taken that would have to be given back.
        if (home is not null && ProblemWith(home, room) is { } problem)
            return new AssistantStay(problem);
        if (!_slots.TryTake())
            return new AssistantStay(new Refusal(
                "assistant.too-many", $"{limits.AssistantsMax} assistants live here already."));
        if (home is not null && !TryTakeHome(home))
        {
            _slots.Return();
            return new AssistantStay(new Refusal(
                "assistant.home-busy", "Another assistant of this agent and workflow has their home now."));
        }
        var door = new AssistantSocket(run, connections, time);
        var place = new AssistantPlace(
            door, paths.WritPath, AssistantPlaces.ManagedSettings, home, secrets,
            [
                .. terms.Secrets.Select(
                    s => $"assistant.long-lived-secret: {s.Name} lives as long as its file {s.File}"),
            ])
        { HomeLimits = room };
        return new AssistantStay(place, terms.Paths, door, () =>
        {
            if (home is not null)
                lock (_homes)
                    _homes.Remove(home);
            _slots.Return();
        });
    }

    // Who lived there last can have closed it to everybody, or put something else in its place.
    static Refusal? ProblemWith(string home, LayerLimits limits)
    {
        try
        {
            return LayerWatch.HomeExcess(home, limits);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or LinuxFaultException)
        {
            return new Refusal("assistant.home-unreadable",
                $"The home that is kept for it, {home}, cannot be looked at: {fault.Message}");
        }
    }

    /// <summary>What the place is called and who owns it; made where it is missing.</summary>
    string HomeOf(SessionTerms terms)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Uri.EscapeDataString(terms.Workflow.Value)}+{Uri.EscapeDataString(terms.Agent.Value)}+{terms.Uid}");
        return Path.Combine(data.HomesPath, name);
    }

    bool TryTakeHome(string home)
    {
        lock (_homes)
            if (!_homes.Add(home))
                return false;
        return true;
    }

    /// <summary>Makes the kept home for the user it is for.</summary>
    public static void MakeHome(string home, int uid, int gid)
    {
        foreach (var directory in (string[])[Path.GetDirectoryName(home)!, home])
            if (!Directory.Exists(directory))
            {
                Directory.CreateDirectory(directory);
                Files.SetMode(directory, OwnerOnly);
            }
        if (uid != ThisProcess.EffectiveUid)
            Files.ChangeOwner(home, uid, gid);
    }
}

/// <summary>One assistant's stay, from before its run begins until after it has ended.</summary>
sealed class AssistantStay : IAsyncDisposable
{
    readonly AssistantPlace? _place;
    readonly ImmutableArray<string> _paths = [];
    readonly AssistantSocket? _door;
    readonly Action? _leave;

    public AssistantStay(Refusal refusal) => Refusal = refusal;

    public AssistantStay(AssistantPlace place, ImmutableArray<string> paths, AssistantSocket door, Action leave) =>
        (_place, _paths, _door, _leave) = (place, paths, door, leave);

    /// <summary>Why it cannot live here now; null when it can.</summary>
    public Refusal? Refusal { get; }

    // What is held back is put on record while the session is still there; afterwards it would be dropped.
    static readonly TimeSpan _recording = TimeSpan.FromSeconds(20);

    /// <summary>The plan with what it finds, for as long as its session may last.</summary>
    public RunPlan Furnish(RunPlan plan, AgentLimits limits, TimeSpan left) => _place is null
        ? plan
        : plan with
        {
            Assistant = _place,
            ReadOnlyPaths = _paths,
            Limits = plan.Limits with { WallTimeMax = TimeFor(plan, left), OutputBytesMax = limits.AssistantOutputMax },
        };

    static TimeSpan TimeFor(RunPlan plan, TimeSpan left) =>
        plan.TierMin == ContainmentTier.T3 && left > 2 * _recording ? left - _recording : left;

    public async ValueTask DisposeAsync()
    {
        if (_door is not null)
            await _door.DisposeAsync();
        _leave?.Invoke();
    }
}
