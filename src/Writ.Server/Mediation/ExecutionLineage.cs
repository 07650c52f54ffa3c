using System.Collections.Immutable;
using Writ.Linux;
using Writ.Runs;
using Writ.Shell;

namespace Writ.Server.Mediation;

/// <summary>Which program of a run a process runs, so that it is known what led to the next one.</summary>
sealed class ExecutionLineage
{
    const int ProcessesMax = 8_192;
    const int AncestorsMax = 32;
    const int ViaMax = 12;

    readonly Dictionary<int, Image> _images = [];

    /// <summary>What led to an attempt by this thread: the attempt whose program asks, and the way there.</summary>
    internal (int? Parent, ImmutableArray<string> Via) Of(int thread)
    {
        var image = ProcessSight.TryLink(thread, "exe");
        var process = thread;
        for (var i = 0; i < AncestorsMax && ProcessSight.TryPlace(process) is { } place; i++)
        {
            // The number may have been another process's before.
            if (_images.TryGetValue(process, out var known) && known.StartTime == place.StartTime)
            {
                if (known.Path != image)
                    break;
                return (known.Number, known.Way);
            }
            process = place.Parent;
        }
        // A process that its parents have left: its own image is all that is known of how it came about.
        if (image is null)
            return (null, []);
        return (null, [TagOf(image, isOfSystem: image.StartsWith("/usr/", StringComparison.Ordinal))]);
    }

    internal void Started(int process, int number, ExecutedProgram program)
    {
        if (ProcessSight.TryPlace(process) is not { } place)
            return;
        if (_images.Count >= ProcessesMax)
            Forget();
        _images[process] = new Image(number, place.StartTime, program.Executable, TagOf(program), program.Via);
    }

    // An interpreter is what its script makes of it.
    static string TagOf(ExecutedProgram program) => program switch
    {
        { Script: { } script } => TagOf(script.Path, script.Origin == ExecutableOrigin.System),
        { Origin: ExecutableOrigin.System } => TagOf(program.Name, isOfSystem: true),
        _ => program.Executable,
    };

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
