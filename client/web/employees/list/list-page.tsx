import { Button, Text } from '@mantine/core';
import { IconDownload, IconPlus, IconUpload } from '@tabler/icons-react';
import { Link } from 'wouter';
import { usePermission } from '../../app/console-context.js';
import { PageFrame } from '../../parts/page-frame.js';
import { EmployeeList } from './employee-list.js';

/** All employees, for whoever may see them, and the ways to what else can be done. */
export function ListPage() {
  const mayGet = usePermission('employees:get');
  return (
    <PageFrame title="Employees" actions={<Actions />}>
      {mayGet ? (
        <EmployeeList />
      ) : (
        <Text>You may add employees, one or many, but not look at those that are there.</Text>
      )}
    </PageFrame>
  );
}

function Actions() {
  const mayGet = usePermission('employees:get');
  const mayAdd = usePermission('employees:add');
  return (
    <>
      {mayGet ? (
        <Button
          component={Link}
          href="/export"
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Export
        </Button>
      ) : null}
      {mayAdd ? (
        <>
          <Button
            component={Link}
            href="/import"
            variant="default"
            leftSection={<IconUpload size={16} aria-hidden />}
          >
            Import
          </Button>
          <Button component={Link} href="/add" leftSection={<IconPlus size={16} aria-hidden />}>
            Add an employee
          </Button>
        </>
      ) : null}
    </>
  );
}
