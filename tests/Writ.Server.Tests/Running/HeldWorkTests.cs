using System.Text;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Running;
using Writ.Server.Tests.Mediation;
using Writ.Testing;

namespace Writ.Server.Tests.Running;

/// <summary>Real work where everything is in force at once: namespaces, every program decided, changes held back.
/// </summary>
public sealed class HeldWorkTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    RunPlan Held(string tree, string script)
    {
        var plan = given.Shell(tree, script);
        return given.Seal(plan with
        {
            TierMin = ContainmentTier.T3,
            Limits = plan.Limits with { ProcessesMax = 512, WallTimeMax = Patience },
        }) with
        { Desk = new RuleDesk() };
    }

    static void Need(string tool)
    {
        if (!File.Exists($"/usr/bin/{tool}"))
            SharedData.Unavailable($"{tool} is not installed");
    }

    [Theory]
    [InlineData("git", "git clone -q ./origin copy && git -C copy log --format=%s && ls copy")]
    [InlineData("make", "printf 'all: a b\\n%: %.c\\n\\tcc -o $@ $<\\n' > Makefile; "
        + "echo 'int main(){return 0;}' | tee a.c > b.c; make -s -j2 && ./a && ./b && echo made")]
    [InlineData("python3", "python3 -c 'import multiprocessing as m; print(m.Pool(4).map(abs, range(-9, 0)))'")]
    [InlineData("node", "node -e 'const c=require(\"child_process\"),f=require(\"fs\");f.writeFileSync(\"x\",\"1\");"
        + "console.log(c.execSync(\"cat x\").toString())'")]
    [InlineData("perl", "perl -MPOSIX -e 'for(1..9){if(!fork){exit 0}} 1 while wait()>0; print \"done\\n\"'")]
    public async Task It_is_done_unharmed_and_nothing_of_it_is_real_yet(string tool, string script)
    {
        Need(tool);
        var tree = given.NewTree();
        using (var make = System.Diagnostics.Process.Start("/usr/bin/bash", ["-c", $"""
            cd {tree} && git init -q -b main origin && cd origin && echo content >file && git add file &&
            git -c user.name=x -c user.email=x@x commit -qm first
            """]))
            await make.WaitForExitAsync();
        var before = Directory.GetFileSystemEntries(tree, "*", SearchOption.AllDirectories).Order().ToArray();

        var done = await Collect(given.Start(Held(tree, script)));

        Assert.True(done.Outcome.ExitCode == 0, $"{done.Outcome} {done.Output} {done.Error}");
        Assert.NotEmpty(done.Output);
        Assert.Equal((ContainmentTier.T3, true), (done.Outcome.Containment.Tier, done.Outcome.Containment.Mediated));
        Assert.Equal(before, Directory.GetFileSystemEntries(tree, "*", SearchOption.AllDirectories).Order());
    }

    [Fact]
    public async Task A_dotnet_project_is_built_and_run()
    {
        Need("dotnet");
        var tree = given.NewTree();
        await File.WriteAllTextAsync(Path.Combine(tree, "nuget.config"),
            "<configuration><packageSources><clear /></packageSources></configuration>");
        await File.WriteAllTextAsync(Path.Combine(tree, "app.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework><UseAppHost>false</UseAppHost><NuGetAudit>false</NuGetAudit>
            </PropertyGroup></Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(tree, "app.cs"), "System.Console.WriteLine(\"built here\");");

        var done = await Collect(given.Start(Held(tree, """
            export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
            dotnet build -v q -m:1 -nodeReuse:false -p:UseSharedCompilation=false 2>&1 && dotnet bin/Debug/net10.0/app.dll
            """)));

        Assert.True(
            done.Output.EndsWith("built here\n", StringComparison.Ordinal),
            $"{done.Outcome} {done.Output} {done.Error}");
        Assert.False(Directory.Exists(Path.Combine(tree, "bin")));
    }

    [Fact]
    public async Task A_program_on_a_terminal_follows_its_size_is_stopped_goes_on_and_is_interrupted()
    {
        Need("vim");
        Need("less");
        var tree = given.NewTree();
        await File.WriteAllTextAsync(Path.Combine(tree, "text"), string.Join('\n', Enumerable.Range(1, 500)));
        var plan = Held(tree, "");
        plan = given.Seal(plan with
        {
            Argv = ["bash", "--norc", "--noprofile", "-i"],
            Environment = [.. plan.Environment, "TERM=xterm", "PS1=ready> "],
            Terminal = new WindowSize(24, 80),
            InputClosed = false,
        });
        var run = given.Start(plan);
        using var terminal = new Terminal(run);
        await terminal.Await("ready> ");
        await terminal.Type("stty size\r", "24 80");
        run.Resize(new WindowSize(41, 132));
        await terminal.Type("stty size\r", "41 132");
        await terminal.Type("vim -u NONE -N made\r", "\"made\"");
        await terminal.Type("iheld back\u001b", "held back");
        await terminal.Type("\u001a", "Stopped");
        await terminal.Type("fg\r", "held back");
        run.Resize(new WindowSize(30, 100));
        await terminal.Await("held back");
        await terminal.Type(":set lines?\r", "lines=30");
        await terminal.Type(":wq\r", "ready> ");
        await terminal.Type("cat made\r", "held back");
        await terminal.Type("less text\r", "23");
        await terminal.Type("G", "500");
        await terminal.Type("q", "ready> ");
        await terminal.Type("sleep 600; echo status $?\r", "sleep 600");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await terminal.Type("\u0003", "ready> ");
        await terminal.Type("exit 7\r", "exit");
        var outcome = await run.Outcome.WaitAsync(RunningFixture.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((RunEndReason.Exited, 7, ContainmentTier.T3),
            (outcome.Reason, outcome.ExitCode, outcome.Containment.Tier));
        Assert.False(File.Exists(Path.Combine(tree, "made")));
    }

    static async Task<Finished> Collect(Run run)
    {
        using var limit = new CancellationTokenSource(Patience + RunningFixture.Patience);
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        await foreach (var chunk in run.ReadOutputAsync(limit.Token))
            (chunk.IsError ? error : output).Write(chunk.Bytes.Span);
        return new Finished(await run.Outcome, output.ToArray(), error.ToArray());
    }

    /// <summary>Types, and waits for what comes of it.</summary>
    sealed class Terminal : IDisposable
    {
        readonly Run _run;
        readonly StringBuilder _said = new();
        readonly SemaphoreSlim _more = new(0);
        int _seen;

        internal Terminal(Run run)
        {
            _run = run;
            _ = Task.Run(async () =>
            {
                await foreach (var chunk in run.ReadOutputAsync(CancellationToken.None))
                {
                    lock (_said)
                        _said.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
                    _more.Release();
                }
            });
        }

        internal async Task Type(string keys, string then)
        {
            await _run.WriteInputAsync(Encoding.UTF8.GetBytes(keys), CancellationToken.None);
            await Await(then);
        }

        internal async Task Await(string text)
        {
            using var limit = new CancellationTokenSource(RunningFixture.Patience);
            while (true)
            {
                lock (_said)
                {
                    var at = _said.ToString().IndexOf(text, _seen, StringComparison.Ordinal);
                    if (at >= 0)
                    {
                        _seen = at + text.Length;
                        return;
                    }
                }
                try
                {
                    await _more.WaitAsync(limit.Token);
                }
                catch (OperationCanceledException)
                {
                    Assert.Fail($"'{text}' did not come: {_said}");
                }
            }
        }

        public void Dispose() => _more.Dispose();
    }
}
