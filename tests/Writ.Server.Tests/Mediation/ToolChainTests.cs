using Writ.Runs;
using Writ.Server.Tests.Running;
using Writ.Testing;

namespace Writ.Server.Tests.Mediation;

/// <summary>A program that may not start, reached through every tool that starts others.</summary>
public sealed class ToolChainTests(RunningFixture given) : IClassFixture<RunningFixture>
{
    /// <summary>What is needed, what is run, and the program that asks in the end.</summary>
    public static TheoryData<string, string, string> Chains => new()
    {
        { "sh", "bash -c 'id | sh'", "bash" },
        { "sh", "bash -c 'printf id | sh'", "sh" },
        { "python3", "python3 -c 'import os; os.system(\"id\")'", "sh" },
        { "python3", "python3 -c 'import subprocess; subprocess.run([\"id\"])'", "python3" },
        { "make", "printf 'all:\\n\\tid\\n' > Makefile; make", "make" },
        { "find", "find . -maxdepth 0 -exec id {} +", "find" },
        { "xargs", "echo -u | xargs id", "xargs" },
        { "awk", "awk 'BEGIN { system(\"id\") }'", "sh" },
        { "perl", "perl -e 'exec \"id\"'", "perl" },
        { "git", "git init -q; git -c alias.x='!id' x", "git" },
        { "git", "git init -q; printf '#!/bin/sh\\nid\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; "
            + "git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x", "pre-commit" },
        { "npm", "printf '{\"scripts\":{\"x\":\"id\"}}' > package.json; npm run x", "sh" },
        { "env", "env id", "env" },
        { "timeout", "timeout 5 id", "timeout" },
        { "nice", "nice id", "nice" },
        { "bash", "exec -a something-else id", "bash" },
        { "bash", "ln -s /usr/bin/id harmless; ./harmless", "bash" },
        { "bash", "printf '#!/usr/bin/id\\n' > script; chmod +x script; ./script", "bash" },
        { "bash", "cd /usr/bin; ./id", "bash" },
    };

    [Theory]
    [MemberData(nameof(Chains))]
    public async Task It_is_decided_whoever_starts_it(string tool, string line, string asks)
    {
        if (!File.Exists($"/usr/bin/{tool}"))
            SharedData.Unavailable($"{tool} is not installed");
        var desk = new RuleDesk(q => q.Program.Executable == "/usr/bin/id" ? "not this" : null);
        var done = await given.Run(given.Shell(given.NewTree(), line) with { Desk = desk });
        Assert.DoesNotContain("uid=", done.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("exec.mismatch", done.Error, StringComparison.Ordinal);
        var denied = desk.Records.Where(r => r.End == ExecutionEnd.Denied).ToArray();
        Assert.True(denied.Length > 0, $"{done.Outcome.ExitCode} {desk.Started} {done.Output} {done.Error}");
        Assert.All(denied, r => Assert.Equal("/usr/bin/id", r.Program.Executable));
        Assert.Contains(asks, denied.Select(r => Path.GetFileName(r.Program.Via[0])));
        Assert.Contains("[exec.blocked]", done.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("make", "printf 'all: a b\\n%: %.c\\n\\tcc -o $@ $<\\n' > Makefile; "
        + "echo 'int main(){return 0;}' | tee a.c > b.c; make -j2 && ./a && echo made")]
    [InlineData("python3", "python3 -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1]))'")]
    [InlineData("node", "node -e 'require(\"child_process\").execSync(\"ls /usr\"); console.log(1)'")]
    [InlineData("git", "git init -q && echo x > x && git add x && git -c user.name=x -c user.email=x@x commit -qm x "
        + "&& git clone -q . copy && git -C copy log --oneline")]
    [InlineData("go", "printf 'package main\\nfunc main(){println(1)}\\n' > a.go; HOME=$PWD go run a.go 2>&1")]
    [InlineData("bash", "for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3 4 5 6 7 8 9; do /usr/bin/true; done) & done; "
        + "wait; echo done")]
    public async Task Real_work_is_not_harmed(string tool, string line)
    {
        if (!File.Exists($"/usr/bin/{tool}"))
            SharedData.Unavailable($"{tool} is not installed");
        // Its locks are files below /dev/shm, which is the host's there.
        if (RunningFixture.WithoutNamespaces && tool == "python3")
            return;
        var desk = new RuleDesk();
        var plan = given.Shell(given.NewTree(), line) with { Desk = desk, ScratchExecutes = true };
        var done = await given.Run(plan);
        Assert.True(done.Outcome.ExitCode == 0, $"{done.Outcome} {done.Output} {done.Error}");
        Assert.NotEmpty(done.Output);
        Assert.All(desk.Records, r => Assert.True(r.End is ExecutionEnd.Started or ExecutionEnd.Failed, $"{r}"));
    }
}
