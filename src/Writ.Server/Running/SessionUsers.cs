using System.Globalization;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// Gives each session a user of its own, that nobody else is and that has no account: one session's processes can
/// neither signal nor look at another's, whatever stands between them otherwise. A number comes back when its session
/// is over and nothing is left that has it.
/// </summary>
sealed class SessionUsers(UidRange range) : IDisposable
{
    // A session that has ended is not begun again; so many of them are remembered for starts that come too late.
    const int EndedMax = 1024;
    const int OwnersMax = 16;
    const int ShownMax = 256;

    readonly Lock _gate = new();
    readonly Dictionary<string, Tenancy> _held = new(StringComparer.Ordinal);
    readonly HashSet<int> _taken = [];
    readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    readonly Queue<string> _endedInOrder = new();
    int _next = range.First;

    /// <summary>How many numbers are in use.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
                return _taken.Count;
        }
    }

    /// <summary>
    /// The user of a session, for work on files of <paramref name="owner"/> at these paths; null, and why, when there
    /// is none or what lies there cannot be shown to it as its own.
    /// </summary>
    internal SessionStay? TryEnter(string session, FileOwner owner, IEnumerable<string> paths, out string? why)
    {
        lock (_gate)
        {
            try
            {
                if (TenancyOf_NeedsLock(session, out why) is not { } tenancy)
                    return null;
                var stay = new SessionStay(
                    new FileOwner(tenancy.Id, tenancy.Id), owner, tenancy.MappingFor(owner), tenancy.TryRoom,
                    () => Leave(session));
                tenancy.Stays++;
                foreach (var path in paths)
                    if (tenancy.ProblemWith(path, stay) is { } problem)
                    {
                        Leave(session);
                        why = problem;
                        return null;
                    }
                return stay;
            }
            catch (LinuxFaultException fault)
            {
                if (_ended.Contains(session))
                    Release_NeedsLock(session);
                why = $"{fault.Operation} failed with errno {fault.Errno.ToString(CultureInfo.InvariantCulture)}";
                return null;
            }
        }
    }

    /// <summary>The session is over: its user goes with the last that still has it.</summary>
    internal void End(string session)
    {
        lock (_gate)
        {
            if (_ended.Add(session))
                _endedInOrder.Enqueue(session);
            if (_endedInOrder.Count > EndedMax)
                _ended.Remove(_endedInOrder.Dequeue());
            Release_NeedsLock(session);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var tenancy in _held.Values)
                tenancy.Dispose();
            _held.Clear();
        }
    }

    Tenancy? TenancyOf_NeedsLock(string session, out string? why)
    {
        why = null;
        if (_held.TryGetValue(session, out var known))
            return known;
        if (FreeId_NeedsLock() is not { } id)
        {
            why = string.Create(CultureInfo.InvariantCulture, $"all of the uids {range} are taken");
            return null;
        }
        _taken.Add(id);
        return _held[session] = new Tenancy(id);
    }

    // In turns: a number that has just come back is the last to be given again.
    int? FreeId_NeedsLock()
    {
        if (_taken.Count >= range.Count)
            return null;
        var running = Accounts.Running();
        for (var tried = 0; tried < range.Count; tried++)
        {
            var id = _next;
            _next = id == range.Last ? range.First : id + 1;
            if (!_taken.Contains(id) && !running.Contains(id) && !Accounts.IsKnown(id))
                return id;
        }
        return null;
    }

    void Leave(string session)
    {
        lock (_gate)
        {
            if (!_held.TryGetValue(session, out var tenancy))
                return;
            if (--tenancy.Stays == 0)
                tenancy.ForgetRoom();
            if (_ended.Contains(session))
                Release_NeedsLock(session);
        }
    }

    void Release_NeedsLock(string session)
    {
        if (!_held.TryGetValue(session, out var tenancy) || tenancy.Stays > 0)
            return;
        _held.Remove(session);
        _taken.Remove(tenancy.Id);
        tenancy.Dispose();
    }

    /// <summary>What was shown to the session's user, and what was mounted then.</summary>
    readonly record struct Shown(string Mounts, ulong Device, ulong Inode);

    sealed class Tenancy(int id) : IDisposable
    {
        readonly Dictionary<FileOwner, Descriptor> _mappings = [];
        readonly Dictionary<(string Path, FileOwner Owner), Shown> _shown = [];
        readonly Lock _roomGate = new();
        SessionRoom? _room;
        string? _unmade;

        internal int Id => id;

        internal int Stays { get; set; }

        // Who made it may still be about to use it, so none is closed before the last has left.
        internal Descriptor MappingFor(FileOwner owner)
        {
            if (_mappings.TryGetValue(owner, out var known))
                return known;
            if (_mappings.Count >= OwnersMax)
                throw new LinuxFaultException("the session's trees have too many owners", Errno.NotSupported);
            return _mappings[owner] = IdMapping.Create(owner, new FileOwner(id, id));
        }

        // Asked of the kernel by doing it and letting go of it, because file systems and what is mounted below a path
        // have a say in it; and asked again when another file lies there, or anything was mounted since.
        internal string? ProblemWith(string path, SessionStay stay)
        {
            try
            {
                using var found = Files.OpenExact(path);
                var here = Files.Facts(found);
                var shown = new Shown(MountTable.Text(), here.Device, here.Inode);
                if (_shown.TryGetValue((path, stay.Owner), out var known) && known == shown)
                    return null;
                Mounting.Copy(path, stay.Mapping, readOnly: false).Dispose();
                if (_shown.Count >= ShownMax)
                    _shown.Clear();
                _shown[(path, stay.Owner)] = shown;
                return null;
            }
            catch (LinuxFaultException fault)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"what lies at {path} cannot be shown as another user's: {fault.Operation}, errno {fault.Errno}");
            }
        }

        // The last that was asked for. What could not be made is not tried again as long as nothing has changed.
        internal SessionRoom? TryRoom(RoomPlan plan, SessionStay stay)
        {
            lock (_roomGate)
            {
                if (_room?.Plan.Text != plan.Text)
                {
                    if (_unmade == plan.Text)
                        return null;
                    try
                    {
                        var made = SessionRoom.Make(plan, stay);
                        _room?.Leave();
                        _room = made;
                    }
                    catch (LinuxFaultException)
                    {
                        _unmade = plan.Text;
                        return null;
                    }
                }
                _room.Enter();
                return _room;
            }
        }

        // It holds what is mounted there, and nobody needs it now.
        internal void ForgetRoom()
        {
            lock (_roomGate)
            {
                _room?.Leave();
                _room = null;
            }
        }

        public void Dispose()
        {
            ForgetRoom();
            foreach (var mapping in _mappings.Values)
                mapping.Dispose();
        }
    }
}

/// <summary>A session's user for as long as something of it may run.</summary>
/// <param name="User">The number, as user and as group.</param>
/// <param name="Owner">Whose files it works on.</param>
/// <param name="Mapping">Shows the files of the one as those of the other.</param>
sealed class SessionStay(
    FileOwner user, FileOwner owner, Descriptor mapping, Func<RoomPlan, SessionStay, SessionRoom?> room, Action leave)
    : IDisposable
{
    SessionRoom? _room;
    int _left;

    internal FileOwner User => user;

    internal FileOwner Owner => owner;

    internal Descriptor Mapping => mapping;

    /// <summary>
    /// Where sandboxes are put together as this plan says, for as long as this stay lasts; null where that is not
    /// possible, and each run does it by itself. It is asked for once.
    /// </summary>
    internal SessionRoom? TryRoom(RoomPlan plan) => _room ??= room(plan, this);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) != 0)
            return;
        _room?.Leave();
        leave();
    }
}
