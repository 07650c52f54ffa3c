using System.Collections.Immutable;
using Writ.Linux;
using Writ.Runs;
using Writ.Shell;

namespace Writ.Server.Mediation;

/// <summary>What led to an attempt.</summary>
/// <param name="Parent">The attempt whose program asks.</param>
/// <param name="StartTime">Of the thread that asks; null where that is not known.</param>
readonly record struct Descent(int? Parent, ImmutableArray<string> Via, ulong? StartTime);

/// <summary>Which program of a run a process runs, so that it is known what led to the next one.</summary>
sealed class ExecutionLineage : IDisposable
{
    const int ProcessesMax = 8_192;
    const int AncestorsMax = 32;
    const int ViaMax = 12;
    const int ParentsMax = 32;

    readonly Dictionary<int, Image> _images = [];

    // Those that have started others lately. As long as such a process is there, its number is no other's.
    readonly Dictionary<int, ProcessHandle> _parents = [];

    /// <summary>What led to an attempt by this thread: the attempt whose program asks, and the way there.</summary>
    internal Descent Of(int thread)
    {
        var image = ProcessSight.TryLink(thread, "exe");
        if (image is null || ProcessSight.TryPlace(thread) is not { } place)
            return new Descent(null, image is null ? [] : [TagOf(image)], StartTime: null);
        var known = _images.TryGetValue(thread, out var own) && own.StartTime == place.StartTime
            ? own
            : Ancestor(place.Parent);
        // A process that its parents have left, or that outlives what they were: its own image is all that is known of
        // how it came about.
        return known?.Path == image
            ? new Descent(known.Number, known.Way, place.StartTime)
            : new Descent(null, [TagOf(image)], place.StartTime);
    }

    Image? Ancestor(int process)
    {
        for (var i = 1; i < AncestorsMax; i++)
        {
            var known = _images.GetValueOrDefault(process);
            if (known is not null && _parents.TryGetValue(process, out var parent) && parent.IsAlive)
                return known;
            // Opened before it is asked when it began, so that it is what has the number until then.
            var handle = known is null ? null : ProcessHandle.TryOpen(process);
            if (ProcessSight.TryPlace(process) is not { } place)
            {
                handle?.Dispose();
                return null;
            }
            // The number may have been another process's before.
            if (handle is not null && known!.StartTime == place.StartTime)
            {
                Keep(process, handle);
                return known;
            }
            handle?.Dispose();
            process = place.Parent;
        }
        return null;
    }

    void Keep(int process, ProcessHandle handle)
    {
        if (_parents.Count >= ParentsMax)
            Dispose();
        if (_parents.Remove(process, out var before))
            before.Dispose();
        _parents.Add(process, handle);
    }

    /// <param name="startTime">Where it is known already.</param>
    internal void Started(int process, ulong? startTime, int number, ExecutedProgram program)
    {
        if ((startTime ?? ProcessSight.TryPlace(process)?.StartTime) is not { } begun)
            return;
        if (_images.Count >= ProcessesMax)
            Forget();
        _images[process] = new Image(number, begun, program.Executable, TagOf(program), program.Via);
    }

    public void Dispose()
    {
        foreach (var parent in _parents.Values)
            parent.Dispose();
        _parents.Clear();
    }

    // An interpreter is what its script makes of it.
    static string TagOf(ExecutedProgram program) => program switch
    {
        { Script: { } script } => TagOf(script.Path, script.Origin == ExecutableOrigin.System),
        { Origin: ExecutableOrigin.System } => TagOf(program.Name, isOfSystem: true),
        _ => program.Executable,
    };

    static string TagOf(string image) => TagOf(image, image.StartsWith("/usr/", StringComparison.Ordinal));

    // A program of the agent's own goes by its path, so that it cannot pass for one of the system.
    static string TagOf(string path, bool isOfSystem) => isOfSystem ? Paths.Name(path) : path;

    void Forget()
    {
        foreach (var process in _images.Keys.ToArray())
            if (ProcessSight.TryPlace(process)?.StartTime != _images[process].StartTime)
                _images.Remove(process);
        // So many live at once only where something is badly wrong; what they led to is then not known.
        if (_images.Count >= ProcessesMax)
            _images.Clear();
    }

    sealed record Image(int Number, ulong StartTime, string Path, string Tag, ImmutableArray<string> Via)
    {
        /// <summary>What led to whatever it starts; most programs start none.</summary>
        internal ImmutableArray<string> Way
        {
            get
            {
                if (field.IsDefault)
                    field = [Tag, .. Via.Take(ViaMax - 1)];
                return field;
            }
        }
    }
}
