using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Writ.Linux;
using Writ.Realms;
using Writ.Server.Agents;
using Writ.Server.Hosting;
using Writ.Server.Running;
using Writ.Server.Sequencer;
using Writ.Server.Storage;
using Writ.Server.Tests.Sequencer;
using Writ.Sessions;
using Writ.Workflows;

namespace Writ.Benchmarks;

/// <summary>A real daemon in this process with one open session for this user, and a way to time programs against
/// it.</summary>
sealed class BenchDaemon : IAsyncDisposable
{
    static readonly string[] _places =
        ["out", "artifacts/publish/Writ.Cli/release_linux-x64", "artifacts/publish/Writ.Launcher/release_linux-x64"];

    readonly WebApplication _app;
    readonly SampleRealm _sample;
    readonly string _root;

    BenchDaemon(WebApplication app, SampleRealm sample, string root)
    {
        _app = app;
        _sample = sample;
        _root = root;
        Tree = Directory.CreateDirectory(Path.Combine(root, "tree")).FullName;
    }

    public string Tree { get; }

    public string Socket => Path.Combine(_root, "run", "agent.sock");

    public IServiceProvider Services => _app.Services;

    public Actor Founder => _sample.Founder;

    /// <param name="change">What is otherwise in its realm.</param>
    /// <param name="holds">Whether it holds changes back where a workflow demands that.</param>
    /// <param name="services">What is otherwise in the daemon itself.</param>
    public static async Task<BenchDaemon> Start(
        Func<RealmDocument, RealmDocument>? change = null, bool holds = false,
        Action<IServiceCollection>? services = null)
    {
        var root = Directory.CreateTempSubdirectory("writ-bench-").FullName;
        // Whoever tries out here what another user can do passes through.
        Files.SetMode(root, 0x1ED);
        var data = Path.Combine(root, "data");
        var sample = await SampleRealm.Create(data, TimeProvider.System);
        var app = Writd.Build(
            new WritdOptions
            {
                Data = data,
                Socket = Path.Combine(root, "run", "agent.sock"),
                Urls = ["http://127.0.0.1:0"],
                Quiet = true,
            },
            adjust: builder =>
            {
                builder.Services.AddSingleton(new AgentPathOptions(
                    Binary("writ-launch"), Path.Combine(root, "runner"), Binary("writ"),
                    holds ? Path.Combine(data, "held") : null)
                {
                    // As installed, or as it was before there were any.
                    SessionUids = Environment.GetEnvironmentVariable("WRIT_SESSION_UIDS") == "none"
                        ? null
                        : UidRange.Default,
                });
                services?.Invoke(builder.Services);
            });
        await app.StartAsync();
        var daemon = new BenchDaemon(app, sample, root);
        var realm = app.Services.GetRequiredService<RealmActor>();
        await sample.Govern(realm, adjust: change);
        await daemon.OpenSession("bench");
        return daemon;
    }

    /// <summary>The file of a broker's account, by which the daemon makes credentials.</summary>
    public void WriteAdmin(string name, string user, string password)
    {
        var file = Path.Combine(Services.GetRequiredService<DataDirectory>().CredentialsPath, name);
        File.WriteAllText(file, $$"""{"user": "{{user}}", "password": "{{password}}"}""");
        Files.SetMode(file, 0x180);
    }

    public Task OpenSession(string id, int credentials = 0) => SampleRealm.Accepted(
        Services.GetRequiredService<RealmActor>(), Founder, $"open-{id}", new SessionMove.Open(new SessionTerms(
            new SessionId(id), new WorkflowId("build"), new AgentId("claude"), new EnvironmentId("staging"),
            [new TargetId("web")], "measure", "bench", ThisProcess.EffectiveUid, Tree, Branch: null,
            new Bounds(60, 100_000, 100_000, 1_000, 3, credentials), Parent: null)));

    /// <summary>A published binary; the debug build would measure something else.</summary>
    public static string Binary(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            foreach (var place in _places)
                if (Path.Combine(folder.FullName, place, name) is var path && File.Exists(path))
                    return path;
        throw new InvalidOperationException($"{name} has not been published");
    }

    /// <summary>Milliseconds from just before the start of a program to its end; throws when it ends otherwise than
    /// expected.</summary>
    public double Time(string program, string[] arguments, byte[] input, int expected = 0)
    {
        var pipe = Pipe.Create();
        using var reader = pipe.Reader;
        using var nothing = Files.TryOpenRead("/dev/null", out _)!;
        var outputs = Pipe.Create();
        using var outReader = outputs.Reader;
        using var outWriter = outputs.Writer;
        pipe.Writer.WriteAll(input, "write");
        pipe.Writer.Dispose();
        var started = Stopwatch.GetTimestamp();
        using var process = Spawning.Start(
            program, [program, .. arguments], [$"WRIT_SOCKET={Socket}", "PATH=/usr/bin:/bin", "HOME=/tmp"],
            [new ChildDescriptor(reader, 0), new ChildDescriptor(outWriter, 1), new ChildDescriptor(outWriter, 2)],
            workingDirectory: Tree);
        Span<PollEntry> end = [new PollEntry { Number = process.Descriptor.Number, WantsRead = true }];
        while (!end[0].CanRead)
            Polling.Wait(end, 30_000);
        var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var status = process.TryReap();
        if (status?.ShellStatus != expected)
        {
            var said = new byte[4096];
            outWriter.Dispose();
            var count = outReader.Read(said);
            throw new InvalidOperationException(
                $"{program} ended with {status}: {System.Text.Encoding.UTF8.GetString(said, 0, Math.Max(0, count))}");
        }
        return took;
    }

    public static double Percentile(List<double> all, double part)
    {
        var sorted = all.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _sample.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
