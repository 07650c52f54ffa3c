using System.Diagnostics;
using System.Text;
using Writ.Linux;

namespace Writ.EndToEnd.Tests.Cli;

/// <summary>Somebody at a terminal: a program runs on a real pseudo-terminal, which it also has as controlling
/// terminal, and this end types and reads.</summary>
sealed class Typist : IDisposable
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    readonly PseudoTerminal _terminal = PseudoTerminal.Open(new WindowSize(24, 80));
    readonly StringBuilder _shown = new();
    readonly Thread _reader;

    /// <param name="start">Starts a program with these arguments and streams that are not a terminal.</param>
    public Typist(Func<string, string[], Process> start, string program, params string[] arguments)
    {
        // The shell opens the terminal by its name, and setsid makes it the controlling one.
        Process = start("/bin/sh",
        [
            "-c", "exec setsid --ctty \"$@\" 0<>\"$0\" 1>&0 2>&0", _terminal.SlaveName, program, .. arguments,
        ]);
        _reader = new Thread(Read) { IsBackground = true };
        _reader.Start();
    }

    public Process Process { get; }

    /// <summary>Everything that was shown so far.</summary>
    public string Shown
    {
        get
        {
            lock (_shown)
                return _shown.ToString();
        }
    }

    /// <summary>What <c>stty</c> says of the terminal, whoever is in front of it.</summary>
    public string Settings
    {
        get
        {
            using var stty = Process.Start(new ProcessStartInfo("stty", ["-F", _terminal.SlaveName, "-a"])
            {
                RedirectStandardOutput = true,
            })!;
            var said = stty.StandardOutput.ReadToEnd();
            stty.WaitForExit();
            return $" {said.ReplaceLineEndings(" ")} ";
        }
    }

    public void Type(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        while (!bytes.IsEmpty)
            bytes = bytes[Math.Max(_terminal.Master.Write(bytes), 0)..];
    }

    /// <summary>Waits until this is shown.</summary>
    public void Await(string text)
    {
        var since = Stopwatch.StartNew();
        lock (_shown)
            while (!_shown.ToString().Contains(text, StringComparison.Ordinal))
            {
                Assert.True(since.Elapsed < _patience, $"'{text}' is not shown; this is:\n{_shown}");
                Monitor.Wait(_shown, 500);
            }
    }

    /// <summary>Waits until a program runs with exactly these words, which no other test has.</summary>
    public static void AwaitProgram(params string[] words)
    {
        var wanted = string.Concat(words.Select(word => word + '\0'));
        for (var since = Stopwatch.StartNew(); !Directory.EnumerateDirectories("/proc").Any(HasThem);)
        {
            Assert.True(since.Elapsed < _patience, $"{string.Join(' ', words)} does not run");
            Thread.Sleep(20);
        }

        bool HasThem(string process)
        {
            try
            {
                return char.IsAsciiDigit(process[^1]) && File.ReadAllText($"{process}/cmdline") == wanted;
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Waits until the terminal is, or is not, as a program that reads secrets wants it.</summary>
    public void AwaitEcho(bool on)
    {
        var since = Stopwatch.StartNew();
        while (Settings.Contains(" echo ", StringComparison.Ordinal) != on)
            Assert.True(since.Elapsed < _patience, Settings);
    }

    /// <summary>The terminal is as a shell wants to find it.</summary>
    public void MustBeGivenBack()
    {
        foreach (var setting in (string[])[" echo ", " icanon ", " isig ", " icrnl ", " opost "])
            Assert.Contains(setting, Settings, StringComparison.Ordinal);
    }

    public void Resize(int rows, int columns) => Terminal.Resize(_terminal.Master, new WindowSize(rows, columns));

    /// <summary>The exit status, once the program has ended.</summary>
    public int End()
    {
        Assert.True(Process.WaitForExit(_patience), $"it does not end; it shows:\n{Shown}");
        return Process.ExitCode;
    }

    public void Dispose()
    {
        if (!Process.HasExited)
            Process.Kill(entireProcessTree: true);
        Process.Dispose();
        // The reader ends when nobody has the other side any more.
        _terminal.Slave.Dispose();
        _reader.Join(_patience);
        _terminal.Dispose();
    }

    void Read()
    {
        var buffer = new byte[4_096];
        while (_terminal.Master.Read(buffer) is > 0 and var count)
            lock (_shown)
            {
                _shown.Append(Encoding.UTF8.GetString(buffer, 0, count));
                Monitor.PulseAll(_shown);
            }
    }
}
