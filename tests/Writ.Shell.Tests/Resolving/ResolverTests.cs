using Writ.Shell.Resolving;
using Writ.Shell.Syntax;
using Writ.Testing;

namespace Writ.Shell.Tests.Resolving;

/// <summary>What a line runs, what runs it, and what is said not to be known.</summary>
public sealed class ResolverTests
{
    static string Arguments(ResolvedCommand command) =>
        string.Join(' ', command.Arguments.Select(a => a.Value ?? (a.IsMany ? "?*" : "?")));

    static IEnumerable<string> Commands(string line) => ShellResolver.Resolve(line).Commands.Select(Arguments);

    [Theory]
    [InlineData("sudo -n -u root id", "sudo")]
    [InlineData("sudo --user=root A=1 id", "sudo")]
    [InlineData("sudo --us root id", "sudo")]
    [InlineData("doas -u root id", "doas")]
    [InlineData("env -i -- A=1 id", "env")]
    [InlineData("env -u A B=2 id", "env")]
    [InlineData("env -S 'id'", "env")]
    [InlineData("env -S 'nice -n 5' id", "env nice")]
    [InlineData("su - root -c id", "su sh -c")]
    [InlineData("runuser -u root -- id", "runuser")]
    [InlineData("chroot /x id", "chroot")]
    [InlineData("nsenter -t 1 -m -p id", "nsenter")]
    [InlineData("unshare -r --mount id", "unshare")]
    [InlineData("setpriv --reuid 0 id", "setpriv")]
    [InlineData("timeout -s KILL 5 id", "timeout")]
    [InlineData("/usr/bin/time -f %e id", "time")]
    [InlineData("time id", "")]
    [InlineData("nice -n 5 id", "nice")]
    [InlineData("nice -5 id", "nice")]
    [InlineData("ionice -c3 id", "ionice")]
    [InlineData("chrt -b 0 id", "chrt")]
    [InlineData("taskset -c 0 id", "taskset")]
    [InlineData("stdbuf -oL id", "stdbuf")]
    [InlineData("setsid -w id", "setsid")]
    [InlineData("nohup id &", "nohup")]
    [InlineData("flock -n /l id", "flock")]
    [InlineData("flock /l -c id", "flock sh -c")]
    [InlineData("script -qc id /dev/null", "script sh -c")]
    [InlineData("watch -n 1 id", "watch")]
    [InlineData("busybox id", "busybox")]
    [InlineData("strace -f -o /t id", "strace")]
    [InlineData("systemd-run --user --pipe id", "systemd-run")]
    [InlineData("ssh -p 22 host id", "ssh host")]
    [InlineData("ssh host -- id", "ssh host")]
    [InlineData("ssh -o ProxyCommand=id host", "ProxyCommand")]
    [InlineData("docker exec -it web id", "docker exec")]
    [InlineData("docker --context x exec web id", "docker exec")]
    [InlineData("docker run --rm -v /:/x image id", "docker run")]
    [InlineData("kubectl -n x exec pod -- id", "kubectl exec")]
    [InlineData("proxychains4 -q id", "proxychains4")]
    [InlineData("/lib64/ld-linux-x86-64.so.2 id", "ld.so")]
    [InlineData("bash -c id", "bash -c")]
    [InlineData("sh -xec id", "sh -c")]
    [InlineData("bash -o errexit -c id", "bash -c")]
    [InlineData("bash -c '\"$@\"' _ id", "bash -c")]
    [InlineData("bash -c '$0' id", "bash -c")]
    [InlineData("bash <<< id", "bash")]
    [InlineData("bash <<E\nid\nE", "bash")]
    [InlineData("echo id | bash", "bash")]
    [InlineData("printf '%s\\n' id | sh -s", "sh")]
    [InlineData("echo aWQK | base64 -d | sh", "sh")]
    [InlineData("echo di | rev | sh", "sh")]
    [InlineData("echo 6964 | xxd -r -p | sh", "sh")]
    [InlineData("eval id", "eval")]
    [InlineData("eval 'eval \"id\"'", "eval eval")]
    [InlineData("command -p id", "command")]
    [InlineData("builtin command id", "builtin command")]
    [InlineData("exec -a x id", "exec")]
    [InlineData("trap id EXIT", "trap")]
    [InlineData("f() { \"$@\"; }; f id", "function f")]
    [InlineData("git -c alias.x='!id' x", "git alias")]
    [InlineData("git -c core.pager=id log", "git core.pager")]
    [InlineData("git bisect run id", "git bisect run")]
    [InlineData("tar cf x --checkpoint-action=exec=id .", "tar --checkpoint-action=exec sh -c")]
    [InlineData("tar -I id -cf x .", "tar -I sh -c")]
    [InlineData("sort --compress-prog=id x", "sort --compress-program sh -c")]
    [InlineData("mapfile -C id x", "mapfile")]
    [InlineData("sudo env nice bash -c 'eval \"timeout 1 id\"'", "sudo env nice bash -c eval timeout")]
    public void Programs_are_found_through_what_runs_them(string line, string via)
    {
        var found = ShellResolver.Resolve(line).Commands.Where(c => c.Program == "id").ToList();
        Assert.Equal(via, string.Join(' ', Assert.Single(found).Via));
    }

    [Theory]
    [InlineData("find . -name x -exec id {} \\;", "id ?")]
    [InlineData("find . -execdir id {} +", "id ?*")]
    [InlineData("find . -ok id \\; -exec wc {} +", "id")]
    [InlineData("xargs -n1 id", "id ?*")]
    [InlineData("xargs -I% id a% b", "id ? b")]
    [InlineData("fd -x id", "id ?*")]
    [InlineData("a=r; b=m; $a$b -rf x", "rm -rf x")]
    [InlineData("x='rm -rf'; $x /y", "rm -rf /y")]
    [InlineData("c=(rm -rf x); \"${c[@]}\"", "rm -rf x")]
    [InlineData("{rm,-rf,x}", "rm -rf x")]
    [InlineData("$(echo rm) -rf x", "rm -rf x")]
    [InlineData("r''m -rf x", "rm -rf x")]
    [InlineData("$'\\x72m' -rf x", "rm -rf x")]
    [InlineData("${zz:-rm} -rf x", "rm -rf x")]
    [InlineData("for i in a b; do rm $i; done", "rm b")]
    [InlineData("set -- a b; rm \"$@\"", "rm a b")]
    [InlineData("x=rmrf; ${x:0:2} y", "rm y")]
    [InlineData("x=RM; ${x,,} y", "rm y")]
    [InlineData("x=axm; ${x/ax/r} y", "rm y")]
    [InlineData("rm $((1+2))", "rm 3")]
    [InlineData("rm ~/x", "rm ?")]
    [InlineData("rm *", "rm ?*")]
    [InlineData("rm \"$x\"", "rm ?")]
    [InlineData("rm $x", "rm ?*")]
    [InlineData("$SUDO rm x", "rm x")]
    public void Arguments_are_worked_out(string line, string expected) => Assert.Contains(expected, Commands(line));

    [Theory]
    [InlineData("echo 'rm -rf x'")]
    [InlineData("git commit -m 'rm -rf x'")]
    [InlineData("cat <<'E'\n$(rm -rf x)\nE")]
    [InlineData("ls # rm -rf x")]
    [InlineData("grep -F 'sudo rm' x")]
    [InlineData("command -v rm")]
    [InlineData("trap - EXIT")]
    [InlineData("sed 's/rm/the/' x")]
    public void Text_is_not_taken_for_commands(string line)
    {
        var resolved = ShellResolver.Resolve(line);
        Assert.DoesNotContain(resolved.Commands, c => c.Program == "rm");
        Assert.Empty(resolved.Unresolved);
    }

    [Theory]
    [InlineData("$x", UnresolvedCodes.Program)]
    [InlineData("\"$x\" y", UnresolvedCodes.Program)]
    [InlineData("/???/r? x", UnresolvedCodes.Program)]
    [InlineData("eval \"$x\"", UnresolvedCodes.Code)]
    [InlineData("bash -c \"$x\"", UnresolvedCodes.Code)]
    [InlineData("curl x | bash", UnresolvedCodes.Code)]
    [InlineData("bash < x", UnresolvedCodes.Code)]
    [InlineData("xargs -I% sh -c %", UnresolvedCodes.Code)]
    [InlineData("ssh host \"$x\"", UnresolvedCodes.Code)]
    [InlineData("python3 -c 'print(1)'", UnresolvedCodes.Code)]
    [InlineData("curl x | python3", UnresolvedCodes.Code)]
    [InlineData("awk 'BEGIN{system(\"id\")}'", UnresolvedCodes.Code)]
    [InlineData("sed '1e id' x", UnresolvedCodes.Code)]
    [InlineData("sed 's/a/b/e' x", UnresolvedCodes.Code)]
    [InlineData("bash x.sh", UnresolvedCodes.Script)]
    [InlineData("source x", UnresolvedCodes.Script)]
    [InlineData(". ./x", UnresolvedCodes.Script)]
    [InlineData("python3 x.py", UnresolvedCodes.Script)]
    [InlineData("enable -f ./x y", UnresolvedCodes.Script)]
    [InlineData("sudo --new-option id", UnresolvedCodes.Option)]
    [InlineData("sudo $x id", UnresolvedCodes.Option)]
    [InlineData("find . $x", UnresolvedCodes.Option)]
    [InlineData("docker exec --new web id", UnresolvedCodes.Option)]
    [InlineData("${x@P}", UnresolvedCodes.Expansion)]
    [InlineData("x='\\$(id)'; echo ${x@P}", UnresolvedCodes.Expansion)]
    [InlineData("echo ${!x}", UnresolvedCodes.Expansion)]
    [InlineData("echo ${ id; }", UnresolvedCodes.Expansion)]
    [InlineData("alias ll='rm -rf x'", UnresolvedCodes.Meaning)]
    [InlineData("hash -p ./x ls", UnresolvedCodes.Meaning)]
    [InlineData("x=ls; declare -n r=x; r=rm; $x y", UnresolvedCodes.Meaning)]
    [InlineData("declare -l x; x=RM; $x y", UnresolvedCodes.Meaning)]
    [InlineData("set -k; ls", UnresolvedCodes.Meaning)]
    [InlineData("set -o posix; ls", UnresolvedCodes.Meaning)]
    [InlineData("shopt -s xpg_echo; ls", UnresolvedCodes.Meaning)]
    [InlineData("bash -O extglob -c '!(rm)'", UnresolvedCodes.Meaning)]
    [InlineData("{ shopt -s extglob; }\n!(rm)", UnresolvedCodes.Program)]
    [InlineData("sh -c '((rm -rf x))'", UnresolvedCodes.Meaning)]
    [InlineData("zsh -c ls", UnresolvedCodes.Meaning)]
    [InlineData("_=ls; $_ x", UnresolvedCodes.Program)]
    [InlineData("readonly x=rm; x=ls; $x y", UnresolvedCodes.Program)]
    [InlineData("x=ls; f() { local x; $x rm y; }; f", UnresolvedCodes.Program)]
    [InlineData("x=ls; (( x = 1 )); $x y", UnresolvedCodes.Program)]
    [InlineData("exec {x}> y; $x", UnresolvedCodes.Program)]
    [InlineData("ls )", UnresolvedCodes.Syntax)]
    [InlineData("echo `ls |`", UnresolvedCodes.Syntax)]
    [InlineData("f() { f; }; f", UnresolvedCodes.Limit)]
    [InlineData("echo $(cat <<E\nE\na;b)", UnresolvedCodes.Expansion)]
    public void What_is_not_known_is_said(string line, string code) =>
        Assert.Contains(ShellResolver.Resolve(line).Unresolved, u => u.Code == code);

    [Theory]
    [InlineData("x='$(id)'; echo ${x@P}")]
    [InlineData("x='a[$(id)]'; echo $((x))")]
    [InlineData("x='a[$(id)]'; [[ $x -eq 1 ]]")]
    [InlineData("y='a[$(id)]'; x=y; echo $((x + 1))")]
    [InlineData("x='\" ; $(id) \"'; echo ${x@P}")]
    [InlineData("declare 'a[$(id)]=1'")]
    [InlineData("printf -v 'a[$(id)]' x")]
    [InlineData("a[$(id)]=1")]
    [InlineData("echo ${a[$(id)]}")]
    [InlineData("echo $(( $(id) ))")]
    [InlineData("(( $(id) ))")]
    [InlineData("[[ -f $(id) ]]")]
    [InlineData("case $(id) in x) ;; esac")]
    [InlineData("for i in $(id); do :; done")]
    [InlineData("cat <<E\n$(id)\nE")]
    [InlineData("cat < <(id)")]
    [InlineData("x=$(id)")]
    [InlineData("> $(id)")]
    [InlineData("f() { id; }")]
    [InlineData("coproc id")]
    [InlineData("if false; then :; elif id; then :; fi")]
    public void Commands_are_found_wherever_they_can_stand(string line) => Assert.Contains("id", Commands(line));

    [Theory]
    [InlineData("id", Certainty.Exact)]
    [InlineData("true; id", Certainty.Exact)]
    [InlineData("a && id", Certainty.Superset)]
    [InlineData("if a; then id; fi", Certainty.Superset)]
    [InlineData("exit; id", Certainty.Superset)]
    [InlineData("f() { id; }", Certainty.Superset)]
    [InlineData("f() { id; }; f", Certainty.Exact)]
    [InlineData("id $x", Certainty.Superset)]
    [InlineData("echo ${x?}; id", Certainty.Superset)]
    public void Certainty_is_what_is_sure(string line, Certainty certainty) => Assert.Equal(
        certainty, Assert.Single(ShellResolver.Resolve(line).Commands, c => c.Program == "id").Certainty);

    [Theory]
    [InlineData("cd /a && id", "/a")]
    [InlineData("cd b && id", "/w/b")]
    [InlineData("cd b; id", null)]
    [InlineData("cd b || exit 1; id", "/w/b")]
    [InlineData("cd ../x/./y && id", "/x/y")]
    [InlineData("cd $x; id", null)]
    [InlineData("cd /a && true; id", null)]
    [InlineData("(cd /a); id", "/w")]
    [InlineData("cd -; id", null)]
    [InlineData("pushd /a && id", "/a")]
    [InlineData("id", "/w")]
    public void The_directory_is_followed(string line, string? directory) => Assert.Equal(
        directory,
        Assert.Single(
            ShellResolver.Resolve(line, new ResolveOptions { Directory = "/w" }).Commands,
            c => c.Program == "id").Directory);

    [Theory]
    [InlineData("cat .env | curl x", "cat", "curl", FlowKind.Pipe)]
    [InlineData("curl x | sudo bash", "curl", "sudo", FlowKind.Pipe)]
    [InlineData("curl -d \"$(cat .env)\" x", "cat", "curl", FlowKind.Substitution)]
    [InlineData("bash <(curl x)", "curl", "bash", FlowKind.Substitution)]
    [InlineData("curl x > /tmp/a; bash /tmp/a", "curl", "bash", FlowKind.File)]
    [InlineData("curl x > a; sh ./a", "curl", "sh", FlowKind.File)]
    [InlineData("curl x > a; ./a", "curl", "./a", FlowKind.File)]
    [InlineData("{ cat a; cat b; } | curl x", "cat", "curl", FlowKind.Pipe)]
    public void What_passes_between_commands_is_seen(string line, string from, string to, FlowKind kind)
    {
        var resolved = ShellResolver.Resolve(line, new ResolveOptions { Directory = "/w" });
        Assert.Contains(
            resolved.Flows,
            f => resolved.Commands[f.From].Program == from && resolved.Commands[f.To].Program == to && f.Kind == kind);
    }

    [Fact]
    public void Redirections_and_assignments_belong_to_their_command()
    {
        var command = Assert.Single(ShellResolver.Resolve("A=1 PATH=$x id 2>> /tmp/log <<< text").Commands);
        Assert.Equal([new ResolvedAssignment("A", "1"), new ResolvedAssignment("PATH", null)], command.Assignments);
        Assert.Equal(RedirectionOperator.Append, command.Redirections[0].Operator);
        Assert.Equal(("/tmp/log", 2), (command.Redirections[0].Target.Value, command.Redirections[0].Descriptor));
        Assert.Equal("text\n", command.Redirections[1].Text);
    }

    [Fact]
    public void With_a_complete_environment_what_is_not_set_is_empty()
    {
        var options = new ResolveOptions { AreVariablesComplete = true };
        Assert.Equal("curl x", Arguments(Assert.Single(ShellResolver.Resolve("c${zz}url x", options).Commands)));
    }

    [Theory]
    [InlineData("for a in {1..30}; do for b in {1..30}; do for c in {1..30}; do id; done; done; done")]
    [InlineData("f() { g; g; g; }; g() { h; h; h; }; h() { i; i; i; }; i() { j; j; j; }; j() { k; k; k; }; "
        + "k() { l; l; l; }; l() { m; m; m; }; m() { id; id; }; f; f")]
    [InlineData("echo {1..100}{1..100}{1..100}")]
    [InlineData("x=aaaaaaaa; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; "
        + "x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; x=$x$x$x$x$x$x$x$x; echo $x")]
    public void Lines_that_multiply_stay_within_the_limits(string line)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var resolved = ShellResolver.Resolve(line);
        Assert.InRange(resolved.Commands.Length, 1, ResolveLimits.CommandsMax + ResolveLimits.DepthMax);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");
    }

    [Fact, Slow]
    public void Adversaries_of_the_parser_do_not_slow_the_resolver()
    {
        foreach (var (name, text) in Syntax.Adversaries.All())
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            ShellResolver.Resolve(text);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{name}: {watch.Elapsed}");
        }
    }

    [Theory]
    [InlineData("[[ -v 'a[$(id)]' ]]")]
    [InlineData("[[ ! ( -v 'a[$(id)]' ) ]]")]
    [InlineData("RANDOM='a[$(id)]'")]
    [InlineData("OPTIND='a[`id`]' ls")]
    [InlineData("compgen -W '$(id)'")]
    [InlineData("complete -W '`id`' x")]
    public void What_bash_expands_once_more_is_found(string line) => Assert.Contains("id", Commands(line));

    [Theory]
    [InlineData("[[ -v $x ]]")]
    [InlineData("[[ -v ${names[0]} ]]")]
    [InlineData("compgen -W \"$x\"")]
    [InlineData("find a b -maxdepth 0 -exec sh -c '\"$@\"' {} +")]
    [InlineData("ls | xargs sh -c '\"$@\"'")]
    public void What_bash_may_expand_once_more_is_not_known(string line) =>
        Assert.NotEmpty(ShellResolver.Resolve(line).Unresolved);

    [Theory]
    [InlineData("echo $TOKEN", "TOKEN")]
    [InlineData("echo \"${TOKEN}\" \"${A:-$B}\"", "TOKEN A B")]
    [InlineData("x=$TOKEN; echo $x", "TOKEN")]
    [InlineData("read -r x; echo $x", "")]
    [InlineData("for x in a b; do echo $x; done", "")]
    [InlineData("echo '$TOKEN'", "")]
    [InlineData("echo ${#TOKEN} ${TOKEN:+set}", "")]
    [InlineData("[[ -n $TOKEN && $TOKEN == $(echo $A) ]]", "A")]
    [InlineData("cat <<X\n$TOKEN\nX", "TOKEN")]
    [InlineData("cat <<'X'\n$TOKEN\nX", "")]
    [InlineData("bash -c 'echo $TOKEN'", "TOKEN")]
    public void A_variable_of_the_environment_that_is_shown_is_told(string line, string names) =>
        Assert.Equal(names, string.Join(' ', ShellResolver.Resolve(line).Reads.Select(r => r.Name)));
}
